"""Open-Unmix's .pth files of one model as one safetensors file, for `musiclime separate --separator open-unmix`.

    python scripts/convert_open_unmix.py umxhq/ umxhq.safetensors

musiclime reads the folder as well; one file is easier to hand on, and states what it is: `kind`, `targets`, `sample_rate`,
`nfft`, `nhop`. A folder without separator.json is taken for umx, umxhq or umxl (44.1 kHz, 4096, 1024).

Licence: umx and umxhq are MIT; umxl is CC BY-NC-SA 4.0, for non-commercial use only.
"""

import argparse
import json
import pathlib
import re

import torch
from safetensors.torch import save_file

ORDER = ["vocals", "drums", "bass", "other"]
UNUSED = ("num_batches_tracked", "stft.window", "transform.0.window", "sample_rate")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="the folder with one .pth file a target")
    parser.add_argument("out", type=pathlib.Path, help="the .safetensors file to write")
    args = parser.parse_args()
    files = {re.split(r"[-_]", path.stem)[0]: path for path in sorted(args.folder.glob("*.pth"))}
    if not files:
        raise SystemExit(f"{args.folder}: expected .pth files, got none")
    targets = sorted(files, key=lambda t: (ORDER.index(t) if t in ORDER else len(ORDER), t))
    framing = {"sample_rate": 44100, "nfft": 4096, "nhop": 1024}
    stated = args.folder / "separator.json"
    if stated.is_file():
        stated = json.loads(stated.read_text())
        framing = {key: int(stated[key]) for key in framing}
    tensors = {}
    for target in targets:
        state = torch.load(files[target], map_location="cpu", weights_only=True)
        for key, value in state.items():
            if not key.endswith(UNUSED):
                tensors[f"{target}.{key}"] = value.float().contiguous()
    metadata = {"format": "pt", "kind": "open_unmix", "targets": json.dumps(targets)}
    metadata |= {key: json.dumps(value) for key, value in framing.items()}
    save_file(tensors, args.out, metadata=metadata)
    print(f"{args.out}: {', '.join(targets)}")


if __name__ == "__main__":
    main()
