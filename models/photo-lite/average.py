"""The mean of several weights of one training, each counted as often as it is named: better than any of them (Wortsman et al. 2022, arXiv:2203.05482).

usage: average.py OUT.safetensors IN.safetensors [IN.safetensors ...]
"""

import sys

from safetensors.torch import load_file, save_file


def main(out, *names):
    weights = [load_file(name) for name in names]
    shared = set.intersection(*(set(one) for one in weights))
    save_file({key: (sum(one[key].float() for one in weights) / len(weights)).half() for key in sorted(shared)}, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
