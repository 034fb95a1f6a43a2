"""What models learn from: events, tables, ids, histories, and what they answer with."""

from skrec.data._arrays import plain_array, refuse_sparse
from skrec.data._cells import Cells, blame_missing, is_missing, named, place
from skrec.data._frames import column_names, is_frame, to_pandas
from skrec.data._ids import as_ids, check_ids, few_ids, to_array
from skrec.data._joined import library_of
from skrec.data._names import ITEM, RATING, ROLES, TIMESTAMP, USER, WEIGHT, Names
from skrec.data._numbers import check_float32, check_labels, check_weights
from skrec.data._tables import by_usual_names
from skrec.data.event_matrix import event_matrix
from skrec.data.features import (
    Features,
    FeatureTable,
    Fields,
    check_columns,
    columns_of,
    encode_columns,
    listed,
    missing_rows,
)
from skrec.data.histories import (
    EncodedEvents,
    Histories,
    encode_events,
    join_events,
    kind_of_times,
    time_order,
    times_of,
)
from skrec.data.interactions import Interactions, later_events
from skrec.data.labels import labels_are_binary, labels_are_graded, liked, warn_of_signs
from skrec.data.numbered import Numbered, number_events, number_more
from skrec.data.recommendations import Recommendations
from skrec.data.vocabulary import Vocabulary

__all__ = [
    "ITEM",
    "RATING",
    "ROLES",
    "TIMESTAMP",
    "USER",
    "WEIGHT",
    "Cells",
    "EncodedEvents",
    "FeatureTable",
    "Features",
    "Fields",
    "Histories",
    "Interactions",
    "Names",
    "Numbered",
    "Recommendations",
    "Vocabulary",
    "as_ids",
    "blame_missing",
    "by_usual_names",
    "check_columns",
    "check_ids",
    "check_float32",
    "check_labels",
    "check_weights",
    "column_names",
    "columns_of",
    "encode_columns",
    "encode_events",
    "event_matrix",
    "few_ids",
    "is_frame",
    "is_missing",
    "join_events",
    "kind_of_times",
    "labels_are_binary",
    "labels_are_graded",
    "later_events",
    "library_of",
    "liked",
    "listed",
    "missing_rows",
    "named",
    "number_events",
    "number_more",
    "place",
    "plain_array",
    "refuse_sparse",
    "time_order",
    "times_of",
    "to_array",
    "to_pandas",
    "warn_of_signs",
]
