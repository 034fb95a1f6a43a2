"""What `first_fit` starts: one stage after the other, with the time after each. Run as a file, so that nothing else is imported."""

import time

stamps = [("interpreter", time.time())]

import sys  # noqa: E402 - the first thing that a new interpreter does is to look at the clock


def stamp(stage: str) -> None:
    stamps.append((stage, time.time()))


def main() -> None:
    begin, backend, framework = float(sys.argv[1]), sys.argv[2], sys.argv[3]
    import skrec

    stamp("import skrec")
    import pandas  # noqa: F401 - timed
    import sklearn.utils.validation  # noqa: F401

    stamp("import scikit-learn and pandas")
    __import__(framework)
    stamp("import the framework")
    skrec.backends.start(skrec.backends.find_backend(backend))
    stamp("import keras")
    from skrec.models import MatrixFactorization

    X = skrec.make_interactions(200, 100, 1000, features=(), random_state=0)
    stamp("make 1,000 events")
    model = MatrixFactorization(epochs=1, random_state=0, backend=backend).fit(X)
    stamp("first fit")
    # The same shapes again: what the second fit doesn't take is compiling, and starting the framework.
    model.fit(X)
    stamp("second fit")
    import json

    ends = [end for _, end in stamps]
    took = {stage: end - start for (stage, end), start in zip(stamps, [begin, *ends[:-1]], strict=True)}
    sys.stdout.write(json.dumps(took) + "\n")


if __name__ == "__main__":
    main()
