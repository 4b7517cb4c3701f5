"""The words that the tower's classes stand for: of each of ImageNet's 1,000 classes its name and the more general words that
hold for it, by which people look for it.

usage: tags.py PACK > ../cairn-photo-3.tags.txt      (a line for each class: name; general word; ...)
"""

import re
import sys

import numpy as np

# Numbers of classes, as ImageNet's list has them, and a word that holds for all of them.
GENERAL = {
    "dog": "151-268",
    "cat": "281-285",
    "big cat": "286-293",
    "wolf": "269-271",
    "fox": "277-280",
    "bear": "294-297",
    "bird": "7-24 80-100 127-146",
    "owl": "24",
    "duck": "97-98",
    "fish": "0-6 389-397",
    "shark": "2-4",
    "snake": "52-68",
    "lizard": "38-48",
    "crocodile": "49-50",
    "turtle": "33-37",
    "frog": "30-32",
    "spider": "72-77",
    "insect": "300-326",
    "beetle": "300-307",
    "butterfly": "321-326",
    "dragonfly": "319-320",
    "snail": "113",
    "crab": "118-121 125",
    "lobster": "122-124",
    "rabbit": "330-332",
    "squirrel": "335",
    "horse": "339 603",
    "cow": "345",
    "sheep": "348-349",
    "pig": "341-343",
    "antelope": "351-353",
    "camel": "354",
    "monkey": "369-382",
    "ape": "365-368",
    "elephant": "385-386 101",
    "panda": "388",
    "whale": "147-148",
    "seal": "150",
    "boat": "472 484 510 536 554 576 625 628 724 780 814 833 871 914",
    "ship": "403 510 628 724 780",
    "sailing boat": "484 780 871 914",
    "aircraft": "404 405 417 701 726 895 812 908",
    "airplane": "404 726 895",
    "car": "407 436 468 511 609 627 656 661 705 751 757 817 864",
    "truck": "555 569 675 717 864 867",
    "bus": "654 779 874",
    "train": "466 547 565 705 820 829",
    "bicycle": "444 671 870 880",
    "motorcycle": "665 670",
    "vehicle": "403-405 407-408 436 444 466 468 472 484 510 511 547 555 565 569 573 575 609 612 627 654 656 661 665 670-671 675 705 717 734 751 757 779 802 803 817 820 829 847 864 866-867 870 874 880",
    "snow": "450 537 795 802 803",
    "skiing": "795 796",
    "ball": "429 430 522 574 722 768 805 852 890",
    "sport": "416 422 429 430 522 560 574 602 702 722 746 747 752 768 795 805 852 890 981",
    "baseball": "429 981",
    "football": "560 805",
    "tennis": "752 852",
    "house": "449 500 660 698 888 915",
    "building": "410 425 437 442 449 483 497 498 500 580 624 660 663 668 682 698 727 762 832 915",
    "church": "406 442 483 497 663 668",
    "castle": "483 698",
    "tower": "437 442 900",
    "bridge": "718 821 839 888",
    "shop": "415 424 454 467 509 582 788 860 865",
    "restaurant": "762",
    "fence": "489 716 912 825",
    "mountain": "970 972 980",
    "beach": "977 978",
    "sea": "973 976-978",
    "coast": "972 976-978",
    "lake": "975",
    "water": "460 525 536 562 718 973-978",
    "valley": "979",
    "flower": "984-986",
    "mushroom": "947 991-997",
    "fruit": "948-957",
    "apple": "948",
    "vegetable": "936-947 987",
    "pumpkin": "607 940-942",
    "squash": "939-942",
    "food": "924-969 987 809",
    "bread": "930-932",
    "dessert": "927-929",
    "soup": "809 925 926",
    "drink": "440 441 503 504 737 898 907 966-969",
    "wine": "907 966",
    "beer": "440 441",
    "coffee": "504 505 550 967 968",
    "bottle": "440 720 737 898 899 901 907",
    "cup": "504 572 968",
    "chair": "423 559 765 857",
    "sofa": "831",
    "bed": "431 516 520 564",
    "table": "532 736",
    "furniture": "423 431 453 493 495 516 520 526 532 548 559 564 703 736 765 831 857 894",
    "desk": "526 527",
    "kitchen": "505 521 534 550 567 651 760 766 827 859 909",
    "bathroom": "435 794 861 896",
    "computer": "508 527 590 592 620 664 673 681 782 810 878",
    "screen": "664 782 851",
    "keyboard": "508 810 878",
    "phone": "487 528 707",
    "camera": "732 759",
    "clock": "409 530 892 604 826",
    "watch": "531",
    "book": "453 454 624 917 921",
    "text": "781 916-919 921 922",
    "document": "916 918 922 549",
    "sign": "919 920",
    "clothing": "399-401 411 445 457 459 474 501 568 578 608 610 614 617 639 638 652 655 658 689 697 735 775 806 834 841 842 869 887 906",
    "dress": "578 689",
    "swimwear": "433 445 638-639 842",
    "shirt": "610 841",
    "trousers": "608",
    "shoe": "502 514 630 770 774 788",
    "hat": "439 452 515 560 667 793 808",
    "glasses": "836 837",
    "bag": "414 636 728 748",
    "musical instrument": "401 402 420 432 486 513 541 546 558 566 577 579 593 594 642 641 683 684 687 699 776 822 875 881 889",
    "guitar": "402 546",
    "piano": "579 881",
    "drum": "541 822",
    "weapon": "413 471 657 763 764 744",
    "tool": "477 481 587 596 623 730 740 783 784 792",
    "toy": "611 850 865",
    "lamp": "818 846 619 470 437",
    "money": "480 719 893",
}
# Names of ImageNet that mean something else to most people, or nothing.
CLEARER = {
    "bicycle-built-for-two": "tandem bicycle", "ashcan": "rubbish bin", "jean": "jeans", "sorrel": "brown horse", "ice bear": "polar bear",
    "cock": "rooster", "drake": "male duck", "jinrikisha": "rickshaw", "beach wagon": "estate car", "cellular telephone": "mobile phone",
    "ice lolly": "popsicle", "ballplayer": "baseball player", "maillot": "swimsuit", "alp": "mountains", "bell cote": "bell tower",
    "lesser panda": "red panda", "European fire salamander": "fire salamander", "Eskimo dog": "sledge dog", "cab": "taxi", "hotdog": "hot dog",
    "groom": "bridegroom", "Boston bull": "Boston terrier", "drumstick": "drumsticks", "cairn": "cairn terrier", "pop bottle": "soda bottle",
    "Granny Smith": "green apple", "kite": "kite (bird)", "titi": "titi monkey", "boxer": "boxer dog", "crane": "crane", "rule": "ruler",
}  # fmt: skip


def numbers(ranges):
    for part in ranges.split():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def main(pack):
    names = [str(name) for name in np.load(f"{pack}/lite-meta.npz")["IN"]][1:]
    words = [[CLEARER.get(name, name)] for name in names]
    for general, ranges in GENERAL.items():
        for number in numbers(ranges):
            if general not in words[number]:
                words[number].append(general)
    for line in words:
        assert not any(re.search(r"[;\n]", word) for word in line)
        print("; ".join(line))


if __name__ == "__main__":
    main(sys.argv[1])
