#!/usr/bin/env python3
"""The Grocery Store dataset (Klasson et al. 2019, arXiv:1901.00711) as lines `photo,label` for `cairn eval photos --labels`.

usage: grocery_labels.py GROCERY_FOLDER > labels.csv

Labels are the coarse classes. Photos that the lists name and the folder lacks are left out.
"""

import csv
import sys
from pathlib import Path


def main(folder):
    dataset = Path(folder) / "dataset"
    with open(dataset / "classes.csv", newline="") as file:
        names = {int(row["Coarse Class ID (int)"]): row["Coarse Class Name (str)"] for row in csv.DictReader(file)}
    print("image,label")
    for part in ("train", "val", "test"):
        listing = dataset / f"{part}.txt"
        for line in listing.read_text().splitlines() if listing.exists() else []:
            photo, _, coarse = (field.strip() for field in line.split(","))
            if (dataset / photo).exists():
                print(f"{photo},{names[int(coarse)].replace('-', ' ').lower()}")


if __name__ == "__main__":
    main(sys.argv[1])
