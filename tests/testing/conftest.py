"""What a suite that can't fail would be worth: nothing. Every check is shown something broken."""

import warnings

import pytest

from skrec.testing import check_recommender


@pytest.fixture
def fails():
    """Expect one check of a recommender to fail with a sentence that names the model and the check."""

    def expect_failure(estimator, name, match):
        checks = {check.__name__: check for _, check in check_recommender(estimator, generate_only=True)}
        with pytest.raises(AssertionError, match=match) as caught:
            checks[name](estimator)
        assert f"fails {name}: " in str(caught.value)
        assert type(estimator).__name__ in str(caught.value).partition(" fails ")[0]

    return expect_failure


@pytest.fixture
def outcome():
    """Run a suite in full, and give the sentence it fails with; an empty one where it passes."""

    def run(call):
        try:
            with warnings.catch_warnings():
                call()
        except AssertionError as error:
            return str(error)
        return ""

    return run
