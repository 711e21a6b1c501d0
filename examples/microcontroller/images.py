"""Writes the first images of a .npz file as C, in a section of their own. Needs only Python.
Usage: images.py DATA.npz COUNT > images.c"""

import ast
import struct
import sys
import zipfile


def main(path: str, count: int) -> None:
    data = zipfile.ZipFile(path).read("x.npy")
    size = struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10 : 10 + size].decode())
    if header["descr"] not in ("|u1", "<u1") or header["fortran_order"]:
        sys.exit(f"{path}: x is not an array of bytes")
    elements = 1
    for length in header["shape"][1:]:
        elements *= length
    count = min(count, header["shape"][0])
    values = ",".join(map(str, data[10 + size : 10 + size + count * elements]))
    print(f"const unsigned image_count = {count};")
    print(f'__attribute__((section(".images"))) const unsigned char images[] = {{{values}}};')


main(sys.argv[1], int(sys.argv[2]))
