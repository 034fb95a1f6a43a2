"""Ask generated bad inputs; run as a process of its own, since an input may end it.

``python ask_bad_inputs.py FIRST LAST`` writes a line of JSON before each input that may end the process and one after it.
"""

import json
import os
import random
import resource
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE)]
MEMORY = 24 * 2**30


def asks():
    """What is asked, and how often."""
    from learning import ask_fit, ask_index, ask_interactions, ask_matrix, ask_replace
    from networks import ask_network, ask_network_parameters, ask_part
    from others import ask_evaluate, ask_files, ask_frame, ask_made, ask_names, ask_pipeline
    from parts import ask_encoder, ask_features, ask_parameters, ask_split, ask_transform
    from queries import ask_predict, ask_recommend, ask_score, ask_similar

    return {
        ask_recommend: 6,
        ask_similar: 2,
        ask_predict: 2,
        ask_score: 1,
        ask_interactions: 5,
        ask_matrix: 2,
        ask_replace: 1,
        ask_index: 1,
        ask_fit: 5,
        ask_parameters: 2,
        ask_split: 2,
        ask_transform: 3,
        ask_encoder: 4,
        ask_features: 2,
        ask_evaluate: 3,
        ask_frame: 1,
        ask_made: 1,
        ask_pipeline: 2,
        ask_files: 1,
        ask_names: 1,
        ask_network: 2,
        ask_network_parameters: 1,
        ask_part: 1,
    }


def tell(**line):
    """Write a line at once: an input may end this process."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(first, last):
    """Go through the numbers."""
    from judge import judge
    from world import World

    from skrec.plugin import PluginManager, use_manager

    use_manager(PluginManager(discover=False))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    worlds, kinds = [World(), World(texts=True)], asks()
    folder = tempfile.TemporaryDirectory()
    os.chdir(folder.name)
    os.mkfifo("pipe")
    for number in range(first, last):
        draw = random.Random(number)
        world = worlds[draw.random() < 0.3]
        ask = draw.choices(list(kinds), weights=kinds.values())[0]
        tell(number=number, ask=ask.__name__)
        told, call, check = ask(draw, world)
        tell(number=number, name=told.encode("ascii", "replace").decode()[:300], ended=judge(call, check))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
