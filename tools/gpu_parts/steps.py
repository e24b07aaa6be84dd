"""Training steps of SSD300 and SSD512, and torchvision's, with each switch and all."""

from functools import partial

from steps import Ours, Switches, Theirs, float32_products
from timing import measure

from gpu_parts.rows import Row
from ssd_lib.train.speed import VOC_IMAGES

NOTHING = Switches()
ALL = Switches(tf32=True, bf16=True, channels_last=True, compiled=True)
ALONE = [Switches(**{name: True}) for name in ("tf32", "bf16", "channels_last")]
EAGER = ALL._replace(compiled=False)
COMPILED = Switches(compiled=True)
SIDES = {"ours": Ours, "torchvision": Theirs}
COMPILE_S = 28.0  # what the first step takes


def rows(setting):
    """What is worth most first: compiled steps come before batches of 8."""
    plan = [
        *(("ours", "ssd300", 32, one) for one in (NOTHING, *ALONE, EAGER)),
        *(("torchvision", "ssd300", 32, one) for one in (NOTHING, EAGER)),
        ("ours", "ssd300", 32, ALL),
        ("torchvision", "ssd300", 32, ALL),
        *(("ours", "ssd512", 32, one) for one in (NOTHING, *ALONE, EAGER)),
        ("ours", "ssd512", 32, ALL),
        *(("ours", "ssd300", 8, one) for one in (NOTHING, *ALONE, EAGER)),
        *(("torchvision", "ssd300", 8, one) for one in (NOTHING, EAGER)),
        *(("ours", "ssd512", 8, one) for one in (NOTHING, *ALONE, EAGER)),
        ("ours", "ssd300", 32, COMPILED),
        ("ours", "ssd512", 32, COMPILED),
    ]
    return [_row(setting, *one) for one in plan]


def _row(setting, side, network, count, switches):
    seconds = 2.0 if network == "ssd300" else 5.0
    if count == 8:
        seconds = seconds / 2 + 0.5
    if switches.compiled:
        seconds += COMPILE_S
    return Row(
        f"{side} {network}, batch {count}, {switches}",
        seconds,
        partial(_step, setting, side, network, count, switches),
        spare=switches == COMPILED,
    )


def _step(setting, side, network, count, switches, _keep):
    if setting.tiny:
        network, count = "tiny", max(1, count // 16)
    with float32_products(switches.tf32):
        one = SIDES[side](network, count, setting.device, switches, setting.backend)
        repeats, warm_up = (1, 0) if setting.tiny else (10, 3)
        found = measure(one.step, setting.device, repeats, warm_up)
    speed = 1e3 * count / found["ms"]
    hours = VOC_IMAGES / speed / 3600
    memory = f", {found['peak_mib'] / 1024:.1f} GiB" if "peak_mib" in found else ""
    return {
        "side": side,
        "network": network,
        "batch": count,
        "switches": switches._asdict(),
        **found,
        "images_per_s": round(speed, 1),
        "text": f"{found['ms']:.1f} ms, {speed:.0f} images a second{memory}, "
        f"VOC in {hours:.1f} hours",
    }
