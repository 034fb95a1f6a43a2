"""Files with damaged contents and hashes as they should be, as anybody may send them: the same for the same number.

``damaged(number, bases)`` takes one of the bases, a dict of names to bytes of undamaged files, damages it once to three times, and writes
it anew, each hash recomputed. What may happen with such a file is in ``ask_damaged_files.py``.
"""

import copy
import hashlib
import io
import json
import random
import zipfile

import numpy as np

END = b"skrec sha256 "
SENSELESS = [
    *(None, True, False, 0, -1, 1, 7, 2**31, 2**63, -(2**80), 10**30, 0.5, -1.5, 1e300),
    *("", "x", "exact", "popularity", "zebra", [], [1, 2], [[]], {}, {"a": 1}),
    *({"$float": "nan"}, {"$float": "inf"}, {"$tuple": []}, {"$tuple": [1, "x"]}, {"$bytes": "arrays/0.npy"}),
    *({"$array": "arrays/0.npy"}, {"$array": "arrays/1.npy"}, {"$scalar": {"$array": "arrays/0.npy"}}),
    *({"$slice": [None, None, None]}, {"$dtype": "<f4", "type": True}, {"$set": [1], "frozen": False}),
    *({"$object": "skrec-keras:models/ease", "state": {}}, {"$object": "skrec:Vocabulary", "state": {}}),
    *({"$object": "sklearn:sklearn.cluster.KMeans", "state": {}}, {"$frame": [], "index": {"$slice": [0, 10**12, 1]}}),
    {"$random": "RandomState", "state": {"bit_generator": "MT19937"}},
]
SHADOWS = [
    "predict",
    "recommend",
    "fit",
    "_score",
    "_ranker",
    "get_params",
    "__class__",
    "block_size",
    "_reads",
    "zz",
    "callbacks",
]
KERAS = [
    {"module": "keras.layers", "class_name": name, "config": {}, "registered_name": None}
    for name in ("Lambda", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "StringLookup", "RepeatVector", "Dense")
]


def read(data):
    """Manifest and members of a file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(members.pop("manifest.json")), members


def write(manifest, members):
    """Write a file whose hashes are right, whatever it holds."""
    for name, data in members.items():
        manifest["members"].setdefault(name, {"dtype": "|u1", "shape": [0]})["sha256"] = hashlib.sha256(
            data
        ).hexdigest()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.comment = END + b"0" * 64
    data = target.getvalue()[:-64]
    return data + hashlib.sha256(data).hexdigest().encode()


def damaged(number, bases):
    """Make one damaged file.

    Parameters
    ----------
    number : int
    bases : dict of str to bytes

    Returns
    -------
    name : str
        Of the base, and what was done to it.
    data : bytes
    """
    draw = random.Random(number)
    base = draw.choice(sorted(bases))
    manifest, members = read(bases[base])
    done = []
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        damage = draw.choice(
            [damage_array, damage_array, damage_node, damage_node, damage_node, add_attribute, damage_strange]
        )
        done.append(damage(draw, manifest, members) or damage.__name__)
    return f"{base}: {'; '.join(done)}", write(manifest, members)


def load_array(data):
    return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)


def store_array(manifest, members, name, array):
    """Put another array in the place of one, and into the manifest."""
    target = io.BytesIO()
    np.lib.format.write_array(target, array, allow_pickle=False)
    members[name] = target.getvalue()
    manifest["members"][name] = {"dtype": array.dtype.str, "shape": list(array.shape)}


def _entry(value):
    """Set some entry to a value."""

    def change(draw, array):
        array = array.copy()
        if array.size:
            with np.errstate(all="ignore"):
                array.flat[draw.randrange(array.size)] = np.array(value).astype(array.dtype)
        return array

    change.__name__ = f"entry {value}"
    return change


def _reverse(draw, array):
    return np.ascontiguousarray(array[::-1]) if array.ndim else array


def _shorter(draw, array):
    return array[:-1] if array.ndim else array


def _longer(draw, array):
    return np.concatenate([array, array[-1:]]) if array.ndim else array


def _wider(draw, array):
    return np.stack([array, array], axis=-1)


def _flat(draw, array):
    return array.reshape(-1)


def _none(draw, array):
    return array[:0] if array.ndim else array


def _float64(draw, array):
    return array.astype(np.float64)


def _int8(draw, array):
    with np.errstate(all="ignore"):
        return array.astype(np.int8)


def _texts(draw, array):
    return array.astype("U8")


def _dates(draw, array):
    return np.zeros(array.shape, dtype="datetime64[s]")


def _zeros(draw, array):
    return np.zeros_like(array)


def _big_endian(draw, array):
    return array.astype(array.dtype.newbyteorder(">"))


CHANGES = [
    *map(_entry, (-1, 1, 10**6, 2**31 - 1, 2**62, -(2**62))),
    *(_reverse, _shorter, _longer, _wider, _flat, _none, _float64, _int8, _texts, _dates, _zeros, _big_endian),
]
OF_FLOATS = [*map(_entry, (np.nan, np.inf, -np.inf, 1e38))]


def damage_array(draw, manifest, members):
    """Change one array: an entry, its length, its shape or its dtype."""
    names = sorted(name for name in manifest["members"])
    if not names:
        return "nothing"
    name = draw.choice(names)
    array = load_array(members[name])
    change = draw.choice(CHANGES + (OF_FLOATS * 2 if array.dtype.kind == "f" else []))
    store_array(manifest, members, name, change(draw, array))
    return f"{name} {change.__name__.lstrip('_')}"


def places(node, where="object"):
    """Each place in a tree: what holds it, its key and its name."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key, f"{where}.{key}"
        yield from places(node[key], f"{where}.{key}")


def damage_node(draw, manifest, members):
    """Drop something of the tree, put nonsense or something else of it in its place, or double it."""
    every = list(places(manifest["object"]))
    holder, key, where = draw.choice(every)
    action = draw.choice(["drop", "nonsense", "nonsense", "nonsense", "other", "double"])
    if action == "drop":
        del holder[key]
    elif action == "nonsense":
        holder[key] = copy.deepcopy(draw.choice(SENSELESS))
    elif action == "other":
        other, other_key, _ = draw.choice(every)
        holder[key] = (
            copy.deepcopy(other[other_key])
            if other_key in (other if isinstance(other, dict) else range(len(other)))
            else None
        )
    elif isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    else:
        holder[f"{key}_"] = copy.deepcopy(holder[key])
    return f"{action} {where}"


def add_attribute(draw, manifest, members):
    """Give some object one more attribute."""
    states = [
        node
        for holder, key, _ in places({"": manifest["object"]})
        if isinstance(node := holder[key], dict) and isinstance(node.get("state"), dict)
    ]
    if not states:
        return "nothing"
    name = draw.choice(SHADOWS)
    draw.choice(states)["state"][name] = copy.deepcopy(draw.choice(SENSELESS))
    return f"attribute {name}"


def damage_strange(draw, manifest, members):
    """Damage what a plain change rarely meets: generators, texts, frames, descriptions of Keras."""
    return draw.choice([_generator, _text, _column, _layer, _parameter])(draw, manifest, members)


def _state(manifest):
    """State of the last step, or of the estimator itself."""
    node = manifest["object"]
    while isinstance(node.get("state"), dict) and "steps" in node["state"]:
        steps = node["state"]["steps"]
        last = steps[-1] if isinstance(steps, list) and steps else None
        if not (
            isinstance(last, dict) and isinstance(last.get("$tuple"), list) and isinstance(last["$tuple"][-1], dict)
        ):
            break
        node = last["$tuple"][-1]
    return node.setdefault("state", {}) if isinstance(node, dict) and isinstance(node.get("state", {}), dict) else {}


def _generator(draw, manifest, members):
    """Let a generator point behind its numbers."""
    store_array(manifest, members, "arrays/900.npy", np.arange(624, dtype=np.uint32))
    position = draw.choice([625, -1, 10**6, 2**31 - 1, 0, "x"])
    inner = {"key": {"$array": "arrays/900.npy"}, "pos": position}
    kind = draw.choice(["Generator", "RandomState"])
    state = {"bit_generator": "MT19937", "state": inner, "has_gauss": 0, "gauss": 0.0}
    _state(manifest)["random_state"] = {"$random": kind, "state": state}
    return f"{kind} at {position}"


def _text(draw, manifest, members):
    """Change the lengths of some strings."""
    found = [
        node
        for holder, key, _ in places(manifest["object"])
        if isinstance(node := holder[key], dict) and "$strings" in node
    ]
    if not found:
        return "nothing"
    names = draw.choice(found)["$strings"]
    if not (isinstance(names, list) and len(names) == 2 and isinstance(names[1], str) and names[1] in members):
        return "nothing"
    lengths = load_array(members[names[1]]).copy()
    if lengths.size:
        lengths.flat[draw.randrange(lengths.size)] = draw.choice([-1, -5, 0, 1000, 2**62])
    store_array(manifest, members, names[1], lengths)
    return "lengths of strings"


def _column(draw, manifest, members):
    """Repeat columns of a frame, or all encoders of a feature."""
    found = [
        node
        for holder, key, _ in places(manifest["object"])
        if isinstance(node := holder[key], dict) and "$frame" in node
    ]
    if not found:
        return "nothing"
    frame = draw.choice(found)
    frame["$frame"] = frame["$frame"] * draw.choice([2, 50]) if isinstance(frame["$frame"], list) else None
    return "columns again and again"


def _layer(draw, manifest, members):
    """Put a layer of Keras, or an object of it, where a network or a loss is."""
    layer, state = draw.choice(KERAS), _state(manifest)
    if draw.random() < 0.5:
        config = json.dumps(
            {
                "module": "keras.losses",
                "class_name": draw.choice(["Huber", "Loss", "Lambda"]),
                "config": {"delta": layer},
            }
        )
        state[draw.choice(["loss", "optimizer"])] = {"$object": "skrec:SavedKeras", "state": {"config": config}}
        return "a loss of Keras"
    build = state.get("build")
    if (
        isinstance(build, dict)
        and isinstance(build.get("state"), dict)
        and isinstance(build["state"].get("config"), str)
    ):
        network = json.loads(build["state"]["config"])
        holder, key, where = draw.choice(
            [entry for entry in places(network) if not isinstance(entry[0][entry[1]], str)]
        )
        holder[key] = draw.choice([layer, 10**9, -1, None, [], {}])
        build["state"]["config"] = json.dumps(network)
        return f"network {where}"
    return "nothing"


def _parameter(draw, manifest, members):
    """Make a whole number, or a tuple of such, huge."""
    state = _state(manifest)
    names = sorted(name for name, value in state.items() if isinstance(value, int) and not isinstance(value, bool))
    if not names:
        return "nothing"
    name = draw.choice(names)
    state[name] = draw.choice([0, -3, 10**9, 2**40])
    return f"{name} = {state[name]}"
