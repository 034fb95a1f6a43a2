from skrec.plugin import lookup, names


def test_all_built_in_datasets_can_be_imported(manager):
    assert names("datasets") == ["synthetic"]
    assert lookup("datasets", "skrec-keras:synthetic").__name__ == "Synthetic"
