"""The dog breeds of Oxford-IIIT Pet as rows of traits: what differs from the plain dog.

Each row reads: skull and muzzle, nose, ears, eyes, hair, body, coat. Fields are explained in `traits.py`.
"""

from .traits import Breed

DOGS: tuple[Breed, ...] = (
    Breed.dog(
        "american_bulldog",
        head=(1.08, 0.95, 0.95), cheek=1.15, muzzle=(0.58, 0.44, 0.5, -0.38, 0.66), lips=0.7,
        nose=0.22,
        ear_angle=0.9, ear_droop=2.2, ear_length=0.62, ear_width=0.36,
        eye_colour=(80, 52, 30),
        fur=0.05,
        neck=1.35, girth=1.3, legs=0.9, bone=1.35,
        base=(238, 232, 222), mark=(186, 130, 80), patches=0.42, face_patch=0.6,
    ),  # fmt: skip
    Breed.dog(
        "american_pit_bull_terrier",
        head=(1.03, 0.885, 0.95), cheek=1.13, muzzle=(0.485, 0.363, 0.59, -0.345, 0.645), lips=0.3,
        nose_colour=(78, 54, 48),
        ear_angle=0.8, ear_depth=0.0, ear_droop=1.77, ear_length=0.61, ear_width=0.3,
        ear_root=0.3, ear_tip=0.6,
        fur=0.03, sheen=0.8,
        neck=1.21, girth=1.14, legs=0.97, bone=1.15,
        base=(140, 92, 62), dark=(104, 64, 42), shading=0.2, mark=(64, 46, 38), bib=0.9,
        socks=0.5, blaze=0.08,
    ),  # fmt: skip
    Breed.dog(
        "basset_hound",
        head=(0.86, 0.91, 0.95), muzzle=(0.44, 0.42, 0.78, -0.355, 0.595), lips=0.62, wrinkles=0.2,
        nose=0.205,
        ear_angle=1.15, ear_depth=0.15, ear_droop=2.92, ear_length=1.55, ear_width=0.46,
        ear_root=0.75, ear_tip=0.4,
        eye=(0.405, 0.13, 0.158), eye_slant=-0.12, eye_open=0.7,
        fur=0.06,
        length=1.25, girth=1.05, legs=0.45, bone=1.2, tail_lift=0.9,
        base=(192, 120, 63), mark=(40, 32, 28), second_mark=(42, 33, 30), saddle=0.95,
        white=(240, 234, 224), bib=1.0, socks=1.0, blaze=0.12, muzzle_colour=(240, 232, 222),
    ),  # fmt: skip
    Breed.dog(
        "beagle",
        head=(0.89, 0.9, 0.94), muzzle=(0.425, 0.375, 0.7, -0.345, 0.615), lips=0.42,
        ear_angle=1.1, ear_droop=2.87, ear_length=1.3, ear_width=0.46, ear_root=0.7, ear_tip=0.4,
        eye=(0.41, 0.12, 0.168),
        fur=0.06,
        legs=0.8, tail_lift=1.2,
        base=(196, 124, 64), mark=(196, 124, 64), second_mark=(36, 30, 28), saddle=1.0, bib=1.0,
        socks=1.0, blaze=0.13, muzzle_colour=(244, 240, 232),
    ),  # fmt: skip
    Breed.dog(
        "boxer",
        head=(0.95, 0.96, 0.92), muzzle=(0.55, 0.42, 0.42, -0.36, 0.66), lips=0.75, wrinkles=0.55,
        ear_angle=0.82, ear_droop=2.35, ear_length=0.68, ear_width=0.36,
        eye=(0.42, 0.12, 0.155),
        fur=0.03, sheen=0.7,
        neck=1.1, legs=1.15,
        base=(186, 120, 66), mark=(34, 28, 26), bib=0.9, socks=0.8, blaze=0.06,
        muzzle_colour=(38, 32, 30), muzzle_weight=1.0,
    ),  # fmt: skip
    Breed.dog(
        "chihuahua", ears="prick",
        head=(0.98, 0.98, 0.92), cheek=0.7, muzzle=(0.32, 0.27, 0.42, -0.36, 0.66), lips=0.1,
        nose=0.13,
        ear_angle=0.78, ear_droop=0.68, ear_length=1.2, ear_width=0.62,
        eye=(0.46, 0.06, 0.22),
        fur=0.08,
        length=0.85, girth=0.75, legs=0.85, bone=0.65, tail_width=0.1,
        base=(206, 152, 98), mark=(120, 80, 50), bib=0.5, muzzle_colour=(236, 205, 165),
    ),  # fmt: skip
    Breed.dog(
        "english_cocker_spaniel",
        head=(0.84, 0.95, 0.92), topknot=0.25, muzzle=(0.42, 0.38, 0.7, -0.34, 0.6), lips=0.55,
        ear_angle=1.15, ear_droop=2.95, ear_length=1.65, ear_width=0.52, ear_root=0.9, ear_tip=0.3,
        ear_fur=0.9,
        eye=(0.42, 0.12, 0.17),
        fur=0.5, curl=0.25, hair_density=45.0, ruff=0.85,
        legs=0.7, tail=0.4,
        base=(168, 92, 44), mark=(130, 66, 30),
    ),  # fmt: skip
    Breed.dog(
        "english_setter",
        head=(0.81, 0.945, 0.95), muzzle=(0.385, 0.363, 0.94, -0.32, 0.58), lips=0.5,
        nose_colour=(62, 46, 40),
        ear_angle=1.07, ear_droop=2.88, ear_length=1.33, ear_width=0.4, ear_root=0.67, ear_fur=0.5,
        eye_colour=(112, 70, 32),
        fur=0.34, ruff=0.7,
        legs=1.16, tail=1.0, tail_width=0.24,
        base=(234, 228, 220), mark=(84, 62, 52), ticking=0.8, patches=0.28, face_patch=1.5,
    ),  # fmt: skip
    Breed.dog(
        "german_shorthaired",
        head=(0.82, 0.935, 0.95), muzzle=(0.395, 0.367, 0.93, -0.32, 0.58), lips=0.5,
        nose_colour=(78, 52, 42),
        ear_angle=1.03, ear_droop=2.86, ear_length=1.24, ear_width=0.43, ear_root=0.62, ear_fur=0.2,
        eye_colour=(138, 88, 38),
        fur=0.12, sheen=0.5,
        legs=1.18, tail=0.7,
        base=(222, 214, 204), mark=(84, 54, 40), ticking=0.87, patches=0.42, face_patch=1.9,
        muzzle_colour=(96, 60, 44), muzzle_weight=0.45,
    ),  # fmt: skip
    Breed.dog(
        "great_pyrenees",
        head=(1.02, 0.95, 0.98), muzzle=(0.46, 0.4, 0.75, -0.36, 0.62), lips=0.45,
        ear_angle=0.98, ear_droop=2.65, ear_length=0.85, ear_width=0.36, ear_fur=0.6,
        ear_tip_colour=(216, 198, 170),
        eye=(0.38, 0.14, 0.135), eye_slant=-0.08,
        fur=0.85, ruff=1.3,
        girth=1.3, bone=1.3, tail_width=0.4,
        base=(240, 236, 228), mark=(214, 196, 170),
    ),  # fmt: skip
    Breed.dog(
        "havanese",
        head=(0.98, 0.95, 0.9), topknot=0.3, muzzle=(0.46, 0.38, 0.42, -0.34, 0.64), beard=0.3,
        veil=0.45,
        nose=0.17,
        ear_angle=0.98, ear_droop=2.8, ear_length=1.25, ear_width=0.46, ear_root=0.8, ear_fur=1.0,
        fur=0.9, curl=0.2, hair_density=40.0, ruff=1.1,
        legs=0.5, tail_width=0.4, tail_curl=1.0, tail_lift=1.3,
        base=(226, 196, 156), mark=(150, 106, 70), patches=0.3,
    ),  # fmt: skip
    Breed.dog(
        "japanese_chin",
        head=(1.02, 0.98, 0.88), muzzle=(0.42, 0.34, 0.2, -0.34, 0.72),
        nose=0.15, nose_height=0.7,
        ear_angle=0.88, ear_droop=2.65, ear_length=1.1, ear_width=0.4, ear_fur=0.9,
        eye=(0.5, 0.06, 0.23), eye_colour=(50, 32, 22),
        fur=0.7, ruff=1.0,
        legs=0.55, bone=0.75, tail_width=0.4, tail_curl=1.0, tail_lift=1.3,
        base=(242, 238, 232), mark=(30, 28, 30), patches=0.45, face_patch=2.4, blaze=0.16,
        muzzle_colour=(244, 240, 235),
    ),  # fmt: skip
    Breed.dog(
        "keeshond", ears="prick",
        head=(0.9, 0.9, 0.95), muzzle=(0.36, 0.33, 0.68, -0.36, 0.62),
        ear_length=0.62, ear_width=0.36, ear_colour=(46, 46, 50),
        fur=0.95, ruff=1.45,
        girth=1.1, tail_width=0.45, tail_curl=1.2, tail_lift=1.5,
        base=(150, 148, 146), dark=(54, 54, 58), shading=0.75, mark=(50, 50, 54),
        second_mark=(40, 40, 44), eye_mask=0.35, white=(216, 212, 206), bib=0.6,
        muzzle_colour=(58, 56, 58),
    ),  # fmt: skip
    Breed.dog(
        "leonberger",
        head=(0.98, 0.95, 0.98), muzzle=(0.47, 0.42, 0.82, -0.36, 0.6), lips=0.5,
        ear_angle=0.98, ear_droop=2.7, ear_length=0.95, ear_width=0.42, ear_fur=0.6,
        ear_colour=(80, 54, 36),
        fur=0.85, ruff=1.35,
        girth=1.3, bone=1.3, tail_width=0.36,
        base=(178, 124, 70), dark=(96, 62, 36), shading=0.45, mark=(40, 32, 28),
        second_mark=(44, 36, 30), eye_mask=0.5, muzzle_colour=(38, 32, 30), muzzle_weight=1.0,
    ),  # fmt: skip
    Breed.dog(
        "miniature_pinscher", ears="prick",
        head=(0.8, 0.9, 0.92), cheek=0.6, muzzle=(0.32, 0.3, 0.78, -0.32, 0.58), lips=0.15,
        nose=0.15,
        ear_angle=0.5, ear_droop=0.22, ear_length=1.0, ear_width=0.36, inner_ear=(120, 84, 78),
        eye=(0.43, 0.12, 0.15),
        fur=0.02, sheen=1.0,
        girth=0.85, legs=1.15, bone=0.65, tail=0.3,
        base=(38, 32, 32), mark=(20, 18, 18), tan=(184, 108, 48), brows=1.0,
    ),  # fmt: skip
    Breed.dog(
        "newfoundland",
        head=(1.06, 0.98, 0.98), muzzle=(0.5, 0.43, 0.68, -0.36, 0.64), lips=0.6,
        ear_angle=1.0, ear_droop=2.7, ear_length=0.9, ear_width=0.42, ear_fur=0.6,
        eye=(0.38, 0.12, 0.13),
        fur=0.85, sheen=0.7, ruff=1.25,
        girth=1.4, bone=1.4, tail_width=0.38,
        base=(38, 34, 34), mark=(20, 18, 18),
    ),  # fmt: skip
    Breed.dog(
        "pomeranian", ears="prick",
        head=(0.92, 0.9, 0.9), cheek=0.9, muzzle=(0.3, 0.27, 0.42, -0.36, 0.66), lips=0.05,
        nose=0.13,
        ear_angle=0.5, ear_length=0.48, ear_width=0.32, ear_fur=0.5,
        eye=(0.42, 0.1, 0.17),
        fur=1.0, ruff=1.65,
        length=0.85, legs=0.45, bone=0.65, tail_width=0.5, tail_curl=1.3, tail_lift=1.6,
        base=(222, 140, 66), dark=(190, 104, 44), shading=0.3, mark=(236, 180, 120),
        white=(244, 206, 154), bib=0.5, muzzle_colour=(240, 196, 140),
    ),  # fmt: skip
    Breed.dog(
        "pug",
        head=(1.08, 0.98, 0.88), cheek=1.15, muzzle=(0.52, 0.4, 0.22, -0.36, 0.72), lips=0.5,
        wrinkles=1.0,
        nose=0.15, nose_height=0.72,
        ear_angle=0.86, ear_droop=2.2, ear_length=0.58, ear_width=0.38, ear_colour=(46, 38, 34),
        eye=(0.5, 0.06, 0.23), eye_colour=(56, 34, 22),
        fur=0.04,
        girth=1.2, legs=0.5, tail_width=0.18, tail_curl=1.5, tail_lift=1.4,
        base=(214, 178, 132), mark=(34, 28, 26), eye_mask=0.6, muzzle_colour=(36, 30, 28),
        muzzle_weight=1.0,
    ),  # fmt: skip
    Breed.dog(
        "saint_bernard",
        head=(1.08, 1.0, 0.98), cheek=1.1, muzzle=(0.54, 0.46, 0.66, -0.38, 0.64), lips=0.9,
        wrinkles=0.3,
        nose=0.22,
        ear_angle=0.95, ear_droop=2.65, ear_length=0.95, ear_width=0.44, ear_fur=0.4,
        ear_colour=(110, 62, 36),
        eye_slant=-0.15,
        fur=0.6, ruff=1.15,
        girth=1.4, bone=1.4, tail_width=0.32,
        base=(176, 100, 52), mark=(120, 62, 32), second_mark=(70, 44, 32), eye_mask=0.75, bib=1.0,
        socks=1.0, blaze=0.2, muzzle_colour=(244, 238, 230),
    ),  # fmt: skip
    Breed.dog(
        "samoyed", ears="prick",
        head=(0.98, 0.92, 0.95), muzzle=(0.4, 0.35, 0.68, -0.36, 0.62),
        ear_angle=0.55, ear_length=0.62, ear_width=0.42, ear_fur=0.4, inner_ear=(222, 190, 180),
        eye_slant=0.15,
        fur=0.95, ruff=1.5,
        girth=1.15, tail_width=0.48, tail_curl=1.2, tail_lift=1.5,
        base=(246, 243, 238), mark=(230, 220, 205),
    ),  # fmt: skip
    Breed.dog(
        "scottish_terrier", ears="prick",
        head=(0.78, 0.92, 0.95), muzzle=(0.44, 0.36, 1.0, -0.36, 0.56), beard=0.55, veil=0.2,
        nose=0.2,
        ear_angle=0.42, ear_droop=0.15, ear_length=0.85, ear_width=0.32, ear_fur=0.3,
        inner_ear=(110, 84, 84),
        eye=(0.4, 0.12, 0.115),
        fur=0.75, hair_density=48.0, ruff=0.8,
        length=1.1, girth=1.05, legs=0.25, tail=0.6, tail_lift=1.6,
        base=(44, 42, 44), mark=(24, 24, 26),
    ),  # fmt: skip
    Breed.dog(
        "shiba_inu", ears="prick",
        head=(0.98, 0.9, 0.95), cheek=1.05, muzzle=(0.4, 0.34, 0.6, -0.38, 0.64),
        ear_angle=0.54, ear_length=0.7, ear_width=0.42,
        eye_slant=0.3, eye_open=0.65,
        fur=0.3,
        tail_width=0.3, tail_curl=1.5, tail_lift=1.6,
        base=(206, 128, 66), dark=(170, 92, 44), shading=0.4, mark=(160, 90, 46),
        white=(244, 230, 208), bib=1.0, socks=0.5, tan=(240, 214, 176), brows=0.55,
        muzzle_colour=(246, 234, 214), muzzle_weight=1.0,
    ),  # fmt: skip
    Breed.dog(
        "staffordshire_bull_terrier",
        head=(1.06, 0.895, 0.95), cheek=1.2, muzzle=(0.493, 0.367, 0.54, -0.355, 0.655), lips=0.33,
        nose_colour=(46, 36, 34),
        ear_angle=0.82, ear_depth=0.0, ear_droop=1.83, ear_length=0.59, ear_width=0.3,
        ear_root=0.3, ear_tip=0.6,
        fur=0.03, sheen=0.85,
        neck=1.23, girth=1.18, legs=0.9, bone=1.15,
        base=(124, 86, 62), mark=(58, 44, 38), stripes=0.4, pattern_density=1.5, bib=0.85,
        socks=0.2,
    ),  # fmt: skip
    Breed.dog(
        "wheaten_terrier",
        head=(0.86, 0.95, 0.95), topknot=0.35, muzzle=(0.5, 0.42, 0.78, -0.36, 0.58), beard=0.5,
        veil=0.6,
        nose=0.22,
        ear_angle=0.82, ear_depth=0.1, ear_droop=2.35, ear_length=0.72, ear_width=0.38,
        ear_root=0.4, ear_tip=0.55, ear_fur=0.4,
        fur=0.75, curl=0.6, hair_density=42.0,
        legs=1.0,
        base=(222, 186, 136), dark=(190, 140, 90), shading=0.25, mark=(186, 140, 90),
    ),  # fmt: skip
    Breed.dog(
        "yorkshire_terrier", ears="prick",
        head=(0.84, 0.9, 0.9), topknot=0.3, muzzle=(0.36, 0.3, 0.46, -0.34, 0.64), beard=0.3,
        veil=0.3,
        nose=0.15,
        ear_angle=0.55, ear_droop=0.35, ear_length=0.72, ear_width=0.36, ear_fur=0.6,
        ear_tip_colour=(120, 90, 70),
        eye=(0.43, 0.1, 0.17),
        fur=0.9, hair_density=50.0, ruff=0.85,
        length=0.9, girth=0.85, legs=0.45, bone=0.7,
        base=(196, 136, 76), dark=(140, 96, 60), mark=(76, 80, 92), second_mark=(78, 82, 94),
        saddle=1.0,
    ),  # fmt: skip
)
