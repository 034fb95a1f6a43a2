"""Pictures of the guide: one a page that has none of another kind."""

from pen import Picture


def data() -> Picture:
    """Three tables that share ids are one X."""
    p = Picture(640, 206)
    p.box(4, 4, 632, 198, "none", dashed=True)
    p.text(20, 28, "Interactions", "code")
    tables = [
        (20, "users", ["user_id", "age, occupation, ..."], "green", "one row a user"),
        (226, "events", ["user_id   item_id", "rating", "timestamp", "weight, context"], "blue", "one row an event"),
        (432, "items", ["item_id", "title, genres, poster, ..."], "orange", "one row an item"),
    ]
    for x, name, columns, colour, rows in tables:
        p.box(x, 44, 188, 120, colour)
        p.text(x + 12, 66, name, "strong")
        for number, column in enumerate(columns):
            p.text(x + 12, 90 + 20 * number, column, "code")
        p.text(x + 94, 184, rows, "small", "middle")
    p.arrow((226, 85), (210, 85))
    p.arrow((414, 85), (430, 85))
    return p


def splits() -> Picture:
    """Which events of four users each splitter tests."""
    times = [(0, 2, 3, 6, 9), (1, 3, 4, 5, 7), (2, 5, 6, 8, 9), (0, 1, 4, 7, 8)]
    items = [(0, 1, 2, 3, 4), (1, 0, 2, 4, 3), (2, 3, 0, 1, 4), (4, 0, 3, 2, 1)]
    rules = {
        "LeaveLastOut": lambda user, place: place == 4,
        "TemporalSplit": lambda user, place: times[user][place] >= 7,
        "UserKFold": lambda user, place: (place + user) % 5 == 2,
        "ColdUserSplit": lambda user, place: user == 2,
        "ColdItemSplit": lambda user, place: items[user][place] == 3,
    }
    p = Picture(640, 326)
    for number, (name, tested) in enumerate(rules.items()):
        x, y = 8 + 212 * (number % 3), 8 + 158 * (number // 3)
        p.box(x, y, 200, 144)
        p.text(x + 12, y + 22, name, "code")
        for user in range(4):
            p.text(x + 12, y + 51 + 22 * user, f"user {user + 1}", "small")
            for place, time in enumerate(times[user]):
                p.dot(x + 66 + 13 * time, y + 47 + 22 * user, "orange" if tested(user, place) else "blue", 5)
        p.text(x + 66, y + 136, "time", "small")
        p.arrow((x + 96, y + 132), (x + 190, y + 132))
    p.dot(450, 210, "blue", 5)
    p.text(464, 215, "trained on")
    p.dot(450, 236, "orange", 5)
    p.text(464, 241, "tested")
    p.text(444, 268, "ColdItemSplit: one item, of", "small")
    p.text(444, 285, "whichever user and time", "small")
    return p


def pipeline() -> Picture:
    """What fit and a question do with each step."""
    p = Picture(640, 190)
    steps = [
        (8, "Interactions", ""),
        (146, "KCore", "users=5, items=5"),
        (284, "Binarize", "threshold=4"),
        (422, "EASE", "100"),
    ]
    for x, name, what in steps:
        p.label(x, 62, 118, 56, *(line for line in (name, what) if line), colour="blue" if what else "plain")
        p.arrow((x + 118, 90), (x + 138, 90))
    p.label(560, 62, 74, 56, "lists", colour="green", kind="strong")
    p.text(8, 22, "fit", "strong")
    p.text(205, 22, "drops rows", "", "middle")
    p.text(343, 22, "makes 1 and 0", "", "middle")
    p.text(481, 22, "learns", "", "middle")
    p.text(8, 160, "predict, recommend", "strong")
    p.text(205, 160, "drops nothing", "", "middle")
    p.text(343, 160, "the same", "", "middle")
    p.text(481, 160, "answers", "", "middle")
    for x in (205, 343, 481):
        p.arrow((x, 30), (x, 60))
        p.arrow((x, 146), (x, 120))
    return p


def encoders() -> Picture:
    """Columns become arrays once, and vectors by layers that are trained with the model."""
    p = Picture(640, 232)
    rows = [
        (8, '"Horror|Comedy"', "tags", "[4 2]", "table"),
        (62, '"The ship sails"', "text", "[7 3 9]", "CNN, LSTM, ..."),
        (116, "a poster", "image", "pixels", "convolutions"),
        (170, "1995", "number", "[-.3 0]", "hidden layer"),
    ]
    for y, cell, name, array, layer in rows:
        p.label(8, y, 138, 40, cell)
        p.arrow((146, y + 20), (164, y + 20))
        p.label(166, y, 84, 40, name, colour="orange")
        p.arrow((250, y + 20), (268, y + 20))
        p.label(270, y, 86, 40, array)
        p.arrow((356, y + 20), (374, y + 20))
        p.label(376, y, 122, 40, layer, colour="blue", kind="")
        p.arrow((498, y + 20), (518, y + 20), (518, 110), (538, 110))
    p.label(540, 84, 92, 52, "a vector", "of the item", colour="green", kind="strong")
    for x, words in [(77, "a cell"), (208, "encoder"), (313, "array, made once"), (437, "trained layer")]:
        p.text(x, 228, words, "small", "middle")
    return p


def cold_start() -> Picture:
    """Where a list comes from, by what is known of a user."""
    p = Picture(640, 236)
    rows = [
        ("in fit", "events of fit", "the model", "green"),
        ("in fit or new", "a history is handed in", "fold-in: the history replaces that of fit", "green"),
        ("new", "a row of features", "features, of a model that reads them", "blue"),
        ("new", "nothing", "popular items", "orange"),
    ]
    for number, (user, known, source, colour) in enumerate(rows):
        y = 28 + 52 * number
        p.label(8, y, 118, 40, user, kind="")
        p.arrow((126, y + 20), (144, y + 20))
        p.label(146, y, 186, 40, known, kind="")
        p.arrow((332, y + 20), (350, y + 20))
        p.label(352, y, 280, 40, source, colour=colour, kind="")
    for x, words in [(67, "the user is"), (239, "known is"), (492, "the list comes from")]:
        p.text(x, 18, words, "small", "middle")
    return p


def sequences() -> Picture:
    """Histories of any length are packed into rows, and each event is predicted from those before it."""
    p = Picture(640, 190)
    histories = [("ann", 3, "blue"), ("bob", 6, "green"), ("eve", 2, "orange"), ("joe", 5, "plain")]
    p.text(8, 20, "histories", "strong")
    for number, (user, length, colour) in enumerate(histories):
        p.text(8, 52 + 32 * number, user)
        for place in range(length):
            p.box(46 + 24 * place, 36 + 32 * number, 22, 24, colour)
    p.arrow((206, 96), (246, 96))
    p.text(262, 20, "rows of max_length=8", "code")
    for row, parts in enumerate([(("green", 6), ("orange", 2)), (("plain", 5), ("blue", 3))]):
        place = 0
        for colour, length in parts:
            for _ in range(length):
                p.box(262 + 24 * place, 60 + 44 * row, 22, 24, colour)
                place += 1
    p.arrow((462, 96), (502, 96))
    p.text(514, 20, "what is learned", "strong")
    for number, place in enumerate((1, 2, 3)):
        y = 44 + 44 * number
        for step in range(place):
            p.box(514 + 16 * step, y, 14, 22, "green")
        p.text(514 + 16 * place + 6, y + 16, "predicts")
        p.box(514 + 16 * place + 66, y, 14, 22, "green")
    return p


def serving() -> Picture:
    """A model is trained in one place and answers in another, warmed up before its first user."""
    p = Picture(640, 150)
    p.label(8, 44, 138, 62, "model.fit(X)", "JAX, with a GPU", colour="blue")
    p.arrow((146, 75), (184, 75))
    p.label(186, 44, 122, 62, "model.skrec", "numbers, names")
    p.arrow((308, 75), (346, 75))
    p.box(348, 14, 284, 122, "none", dashed=True)
    p.label(360, 44, 118, 62, "load", "then warm_up()", colour="orange")
    p.arrow((478, 75), (504, 75))
    p.label(506, 44, 114, 62, "recommend", "one user waits", colour="green")
    p.text(490, 34, "the server, on NumPy or any backend", "small", "middle")
    p.text(490, 126, "once, then for every user", "small", "middle")
    return p


def saving() -> Picture:
    """What a saved file holds."""
    p = Picture(640, 176)
    p.box(8, 8, 624, 160, "none", dashed=True)
    p.text(24, 32, "model.skrec: a zip archive, nothing in it compressed", "strong")
    p.label(
        24, 46, 190, 104, "manifest.json", "parameters, names of classes", "versions, shapes, hashes", colour="blue"
    )
    p.label(226, 46, 190, 104, "arrays/0.npy, 1.npy, ...", "ids, weights, histories", "never objects", colour="green")
    p.label(428, 46, 190, 104, "comment", "SHA-256 of all before it", colour="orange")
    return p


def backends() -> Picture:
    """One estimator, one Keras, three frameworks, and NumPy to serve."""
    p = Picture(640, 236)
    p.label(8, 62, 130, 50, "GMF().fit(X)", "batches by NumPy")
    p.arrow((138, 87), (164, 87))
    p.label(166, 62, 100, 50, "Keras 3", "the network", colour="blue", kind="strong")
    for y, name in [(8, "JAX"), (64, "TensorFlow"), (120, "PyTorch")]:
        p.arrow((266, 87), (286, 87), (286, y + 22), (306, y + 22))
        p.label(308, y, 120, 44, name, colour="orange", kind="strong")
        p.arrow((428, y + 22), (448, y + 22), (448, 87), (470, 87))
    p.label(472, 62, 160, 50, "model.skrec", "the same numbers", colour="green")
    p.arrow((552, 112), (552, 184))
    p.label(472, 186, 160, 44, "recommend", "any of them, or NumPy")
    p.text(308, 190, "one process, one of them;", "small")
    p.text(308, 208, "cpu, gpu:0, tpu:0", "small")
    return p
