from skrec.plugin import Retriever, lookup, names


def test_all_built_in_retrievers_can_be_imported(manager):
    assert names("retrievers") == ["exact"]
    assert lookup("retrievers", "exact").__name__ == "ExactRetriever"
    assert issubclass(lookup("retrievers", "skrec-keras:exact"), Retriever)
