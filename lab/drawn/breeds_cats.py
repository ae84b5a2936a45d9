"""The cat breeds of Oxford-IIIT Pet as rows of traits: what differs from the plain cat.

Each row reads: skull and muzzle, nose, ears, eyes, hair, body, coat. Fields are explained in `traits.py`.
"""

from .traits import Breed

CATS: tuple[Breed, ...] = (
    Breed.cat(
        "Abyssinian",
        head=(0.9, 0.92, 0.92), cheek=0.85,
        ear_length=1.15, ear_width=0.6, ear_tip_colour=(70, 40, 25),
        eye_colour=(190, 165, 60),
        girth=0.78, legs=0.95, tail=1.15,
        base=(190, 122, 66), dark=(110, 62, 30), shading=0.5, mark=(96, 54, 28), ticking=0.5,
        white=(230, 190, 150), bib=0.35, muzzle_colour=(236, 205, 170),
    ),  # fmt: skip
    Breed.cat(
        "Bengal",
        head=(0.93, 0.9, 0.95),
        ear_length=0.75, ear_width=0.42,
        eye_colour=(120, 165, 80),
        sheen=0.6,
        girth=0.95, legs=0.9,
        base=(214, 158, 92), dark=(160, 100, 50), shading=0.4, mark=(66, 40, 24),
        pattern_density=0.85, spots=0.95, rosettes=True, muzzle_colour=(245, 225, 200),
    ),  # fmt: skip
    Breed.cat(
        "Birman",
        head=(1.02, 0.93, 0.95),
        nose_colour=(165, 110, 104),
        ear_length=0.8, ear_fur=0.4, inner_ear=(205, 160, 150),
        eye_colour=(72, 126, 210),
        fur=0.63, ruff=1.03,
        girth=0.95, tail_width=0.33,
        base=(237, 225, 206), mark=(100, 75, 62), points=1.0, mask=1.0, socks=1.0, bib=0.25,
    ),  # fmt: skip
    Breed.cat(
        "Bombay",
        head=(1.0, 0.92, 0.95),
        nose_colour=(30, 26, 28),
        inner_ear=(92, 66, 66),
        eye=(0.46, 0.08, 0.23), eye_colour=(225, 160, 40), eye_rim=(10, 10, 10),
        fur=0.08, sheen=1.0,
        base=(34, 32, 36), mark=(14, 14, 16),
    ),  # fmt: skip
    Breed.cat(
        "British_Shorthair",
        head=(1.06, 0.97, 0.96), cheek=1.1,
        nose_colour=(92, 90, 98),
        ear_angle=0.7, ear_droop=0.5, ear_length=0.8, ear_width=0.48, inner_ear=(175, 145, 150),
        eye=(0.45, 0.07, 0.23), eye_colour=(214, 158, 44), eye_open=0.92,
        fur=0.24,
        girth=1.0, legs=0.72, bone=1.08, tail_width=0.2,
        base=(123, 131, 145), mark=(84, 90, 102),
    ),  # fmt: skip
    Breed.cat(
        "Egyptian_Mau",
        head=(0.9, 0.9, 0.92),
        nose_colour=(190, 110, 100),
        ear_length=0.95,
        eye_colour=(150, 195, 80), eye_slant=0.2,
        girth=0.8, legs=0.95,
        base=(196, 192, 184), mark=(58, 56, 58), stripes=0.35, pattern_density=1.15, spots=0.95,
        muzzle_colour=(238, 234, 228),
    ),  # fmt: skip
    Breed.cat(
        "Maine_Coon",
        head=(1.0, 0.95, 0.98), muzzle=(0.47, 0.4, 0.46, -0.36, 0.64),
        ear_length=1.15, ear_width=0.52, ear_fur=0.6, ear_tufts=1.0,
        eye=(0.44, 0.1, 0.2), eye_colour=(185, 175, 70),
        fur=0.85, ruff=1.25,
        girth=1.1, tail=1.3, tail_width=0.42,
        base=(150, 116, 80), mark=(58, 42, 32), stripes=0.9, pattern_density=1.05, bib=0.75,
        muzzle_colour=(238, 228, 212),
    ),  # fmt: skip
    Breed.cat(
        "Persian",
        head=(1.18, 1.0, 0.9), cheek=1.25, muzzle=(0.44, 0.3, 0.14, -0.26, 0.76),
        nose_height=0.75,
        ear_angle=0.78, ear_droop=0.6, ear_length=0.5, ear_width=0.36, ear_fur=0.8,
        eye=(0.44, 0.08, 0.26), eye_colour=(225, 140, 35), eye_slant=0.0, eye_open=0.95,
        fur=1.0, ruff=1.35,
        girth=1.15, legs=0.5, tail=0.8, tail_width=0.45,
        base=(232, 206, 170), dark=(205, 160, 110), shading=0.25, mark=(210, 160, 110),
    ),  # fmt: skip
    Breed.cat(
        "Ragdoll",
        head=(1.06, 0.94, 0.95),
        nose_colour=(205, 142, 136),
        ear_length=0.78, ear_fur=0.45,
        eye_colour=(82, 138, 218),
        fur=0.68, ruff=1.08,
        girth=1.04, tail_width=0.35,
        base=(236, 226, 210), mark=(108, 86, 75), points=0.95, mask=1.1, bib=0.6, socks=0.5,
        blaze=0.07, muzzle_colour=(246, 242, 236), muzzle_weight=0.6,
    ),  # fmt: skip
    Breed.cat(
        "Russian_Blue",
        head=(0.96, 0.94, 0.94), cheek=0.95,
        nose_colour=(95, 92, 104),
        ear_angle=0.66, ear_length=0.94, ear_width=0.51, inner_ear=(186, 156, 160),
        eye_colour=(160, 178, 66), eye_slant=0.19,
        fur=0.17, sheen=0.7,
        girth=0.88, legs=0.86,
        base=(126, 136, 150), mark=(90, 98, 110),
    ),  # fmt: skip
    Breed.cat(
        "Siamese",
        head=(0.8, 0.92, 0.95), cheek=0.72, muzzle=(0.36, 0.33, 0.46, -0.38, 0.66),
        nose_colour=(50, 38, 38),
        ear_angle=0.66, ear_droop=0.55, ear_length=1.25, ear_width=0.64, inner_ear=(150, 105, 100),
        eye=(0.46, 0.08, 0.2), eye_colour=(60, 120, 225), eye_slant=0.28,
        fur=0.05,
        girth=0.72, legs=1.05, tail=1.3, tail_width=0.11,
        base=(226, 204, 172), mark=(56, 40, 36), points=1.0, mask=1.1,
    ),  # fmt: skip
    Breed.cat(
        "Sphynx",
        head=(0.84, 0.92, 0.92), cheek=0.95, wrinkles=1.0,
        nose_colour=(215, 135, 130), whiskers=0,
        ear_angle=0.7, ear_droop=0.55, ear_length=1.4, ear_width=0.74, ear_tufts=0,
        inner_ear=(240, 170, 155),
        eye=(0.46, 0.06, 0.25), eye_colour=(150, 185, 190), eye_slant=0.25, eye_shadow=0.3,
        fur=0.0, hair_density=120.0, sheen=0.5,
        girth=0.78, tail_width=0.08,
        base=(226, 172, 150), mark=(190, 130, 115),
    ),  # fmt: skip
)
