"""Pictures of the front door: what skrec is, and which model to take."""

from pen import Picture


def home() -> Picture:
    """Tables go into a pipeline that a search tunes, and lists come out, on any backend."""
    p = Picture(640, 318)
    for y, name, columns in [
        (44, "events", "user, item, when"),
        (116, "items", "text, tags, picture"),
        (188, "users", "age, job"),
    ]:
        p.label(8, y, 142, 54, name, columns, kind="strong")
        p.arrow((150, y + 27), (168, y + 27), (168, 143), (190, 143))
    p.box(178, 12, 256, 262, "none", dashed=True)
    p.text(306, 34, "GridSearchCV", "code", "middle")
    p.box(190, 46, 232, 194, "blue")
    p.text(306, 66, "Pipeline", "code", "middle")
    for y, name, what in [
        (76, "KCore", "rare ids out"),
        (130, "FeatureEncoder", "columns to numbers"),
        (184, "TwoTower", "a Keras network"),
    ]:
        p.label(206, y, 200, 44, name, what)
    p.arrow((306, 120), (306, 130))
    p.arrow((306, 174), (306, 184))
    p.text(306, 262, "cross-validated by NDCG@10", "small", "middle")
    p.arrow((434, 143), (462, 143))
    for y, user, items in [
        (62, "ann", "Dune, Solaris, Gilda"),
        (124, "bob", "Alien, Brazil, Dune"),
        (186, "a new user", "Arrival, Dune, Alien"),
    ]:
        p.box(464, y, 168, 52, "green")
        p.text(476, y + 21, user, "strong")
        p.text(476, y + 40, items, "small")
    p.text(548, 46, "recommend(k=3)", "code", "middle")
    for x, width, name in [(178, 64, "JAX"), (252, 96, "TensorFlow"), (358, 76, "PyTorch")]:
        p.label(x, 284, width, 28, name, colour="orange", kind="")
    return p


def home_tall() -> Picture:
    """The same from top to bottom."""
    p = Picture(360, 430)
    for x, name, columns in [
        (4, "events", "user, item, when"),
        (124, "items", "text, tags"),
        (244, "users", "age, job"),
    ]:
        p.label(x, 8, 112, 50, name, columns, kind="strong")
        p.arrow((x + 56, 58), (x + 56, 70), (180, 70), (180, 84))
    p.box(30, 86, 300, 222, "none", dashed=True)
    p.text(180, 106, "GridSearchCV", "code", "middle")
    p.box(46, 116, 268, 180, "blue")
    p.text(180, 135, "Pipeline", "code", "middle")
    for y, name, what in [
        (144, "KCore", "rare ids out"),
        (194, "FeatureEncoder", "columns to numbers"),
        (244, "TwoTower", "a Keras network"),
    ]:
        p.label(70, y, 220, 42, name, what)
    p.arrow((180, 186), (180, 194))
    p.arrow((180, 236), (180, 244))
    for x, width, name in [(30, 80, "JAX"), (122, 112, "TensorFlow"), (246, 84, "PyTorch")]:
        p.label(x, 316, width, 28, name, colour="orange", kind="")
    p.arrow((180, 346), (180, 366))
    for x, user, item in [
        (4, "ann", "Dune, Solaris"),
        (124, "bob", "Alien, Brazil"),
        (244, "a new user", "Arrival, Dune"),
    ]:
        p.label(x, 370, 112, 52, user, item, colour="green", kind="strong")
    return p


def which_model() -> Picture:
    """Questions from the special to the common, each with what to take if the answer is yes."""
    questions = [
        (
            ("Are events labelled 0 and 1,", "with a context: device, hour?"),
            "WideDeep, DeepFM, DCNv2",
            "the probability of a 1, here and now",
            "orange",
        ),
        (("Are stars to be predicted?",), 'MatrixFactorization(loss="mse")', "ratings, not lists", "orange"),
        (
            ("Must new items be found,", "or users by what they are?"),
            "FeatureEncoder, TwoTower",
            "cold items and users, by their features",
            "blue",
        ),
        (
            ("Does the order of events", "say what comes next?"),
            "SASRec, HSTU, GRU4Rec",
            "sequences; by features of items, too",
            "blue",
        ),
        (
            ("Fewer than some 30,000 items?",),
            "EASE, then MatrixFactorization",
            "closed form, seconds; no GPU needed",
            "green",
        ),
        (("A large catalogue?",), "MatrixFactorization", "a step costs what its events cost", "green"),
    ]
    p = Picture(640, 78 * len(questions) + 62)
    for number, (lines, models, what, colour) in enumerate(questions):
        y = 8 + 78 * number
        p.label(8, y, 246, 54, lines[0], kind="") if len(lines) == 1 else _two(p, y, lines)
        p.text(272, y + 20, "yes", "small")
        p.arrow((254, y + 27), (316, y + 27))
        p.label(318, y, 314, 54, models, what, colour=colour)
        if number + 1 < len(questions):
            p.arrow((131, y + 54), (131, y + 78))
            p.text(140, y + 70, "no", "small")
    y = 78 * len(questions) + 6
    p.label(8, y, 624, 48, "Popularity, ItemKNN", "always beside it: what has to be beaten, in a second")
    return p


def _two(p: Picture, y: float, lines: tuple[str, ...]) -> None:
    p.box(8, y, 246, 54)
    for number, line in enumerate(lines):
        p.text(131, y + 23 + 19 * number, line, anchor="middle")


def quality() -> Picture:
    """Figures of the repository's benchmarks: the best model depends on what is asked."""
    panels = [
        (
            "MovieLens 100K, ten films of each user",
            [
                ("EASE", 0.3163),
                ("MatrixFactorization", 0.3016),
                ("GMF", 0.2634),
                ("ItemKNN", 0.2625),
                ("NeuMF", 0.2614),
                ("Popularity", 0.1331),
            ],
        ),
        (
            "Users 1 to 2,999 of MovieLens 1M, the next film",
            [
                ("HSTU", 0.1909),
                ("SASRec", 0.1784),
                ("GRU4Rec", 0.1742),
                ("EASE", 0.0562),
                ("MatrixFactorization", 0.0504),
                ("Popularity", 0.0180),
            ],
        ),
    ]
    p = Picture(640, 2 * 190)
    for number, (title, rows) in enumerate(panels):
        y = 190 * number
        p.text(8, y + 20, f"NDCG@10: {title}", "strong")
        for row, (name, value) in enumerate(rows):
            middle = y + 44 + 24 * row
            p.text(168, middle + 5, name, "code", "end")
            sequence = name in {"HSTU", "SASRec", "GRU4Rec"}
            p.bar(
                178, middle - 8, 1250 * value, 16, "blue" if sequence else "line" if name == "Popularity" else "green"
            )
            p.text(186 + 1250 * value, middle + 5, f"{value:.4f}".lstrip("0"), "small")
    return p
