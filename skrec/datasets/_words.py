"""The made-up film world: its genres, and the words, studios and occupations that go with them."""

GENRES = ("Western", "Romance", "Horror", "Comedy", "Crime", "Adventure", "Documentary", "Sci-Fi")
"""Latent genres, in the order in which users come to like them as they grow younger, and films become newer."""

OCCUPATIONS = ("farmer", "florist", "nurse", "teacher", "lawyer", "pilot", "librarian", "programmer")
"""One for each genre: the occupation whose members like that genre most."""

STUDIOS = (
    "Red Mesa Pictures",
    "Rosewater Films",
    "Blackmoor",
    "Banana Peel Studios",
    "Harbour Street",
    "Far Horizon",
    "Plain Lens",
    "Ninth Orbit",
)
"""One for each genre: the studio that makes most of its films."""

NOUNS = (
    ("ranch", "canyon", "sheriff", "saddle", "prairie", "outlaw", "stagecoach", "rifle"),
    ("letter", "wedding", "kiss", "rose", "waltz", "promise", "bride", "heart"),
    ("crypt", "ghost", "scream", "cellar", "curse", "graveyard", "vampire", "shadow"),
    ("clown", "prank", "pie", "cousin", "trousers", "parrot", "circus", "joke"),
    ("detective", "alibi", "vault", "witness", "gangster", "ransom", "courtroom", "heist"),
    ("island", "treasure", "compass", "jungle", "expedition", "volcano", "temple", "map"),
    ("glacier", "archive", "village", "reef", "factory", "migration", "river", "orchestra"),
    ("starship", "android", "galaxy", "reactor", "colony", "asteroid", "hologram", "orbit"),
)
"""Things that appear in the titles and plots of each genre."""

ADJECTIVES = (
    ("dusty", "lonesome", "sunburnt", "lawless"),
    ("tender", "longing", "secret", "starlit"),
    ("haunted", "bloody", "rotting", "screaming"),
    ("clumsy", "silly", "merry", "hopeless"),
    ("crooked", "ruthless", "corrupt", "smoky"),
    ("lost", "perilous", "golden", "uncharted"),
    ("quiet", "vanishing", "ordinary", "unseen"),
    ("quantum", "orbital", "synthetic", "interstellar"),
)
"""What these things are like."""

VERBS = (
    ("rides into", "guards", "duels over"),
    ("falls for", "dances past", "yearns for"),
    ("haunts", "crawls from", "devours"),
    ("trips over", "mistakes", "ruins"),
    ("steals", "investigates", "betrays"),
    ("discovers", "escapes", "sails towards"),
    ("observes", "records", "remembers"),
    ("orbits", "hijacks", "reprograms"),
)
"""What somebody does with them."""

PLAIN_ADJECTIVES = ("last", "first", "great", "small", "other", "long", "new", "old", "northern", "empty")
PEOPLE = (
    "a stranger",
    "a young widow",
    "an old friend",
    "a twin",
    "the new neighbour",
    "a retired captain",
    "a quiet child",
)
"""Words that any genre uses."""

ENDINGS = (
    ("Nothing is the same afterwards.", "Nobody is safe.", "Time is running out.", "Not all of them survive."),
    ("Everybody laughs about it.", "It all ends well.", "A feast is waiting.", "The sun comes out again."),
    ("Only one of them knows why.", "Nobody believes it.", "The answer lies far back.", "One question is left."),
)
"""How plots of each shade end: grimly, happily or with a riddle."""
