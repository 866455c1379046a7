"""Which scene each of the 128 pictures shows.

Neighbours are unrelated on purpose: the benchmark trains on the first few pictures and holds out the last,
and a second view of a scene (another palette, another layout) stands far from the first.
"""

from __future__ import annotations

import numpy as np

from . import city, indoors, land, night, patterns, stuff, water, wood
from .canvas import finish

SCENES = (
    # 1
    (land.alps, {}),
    (wood.birch_autumn, {}),
    (city.street_fronts, {}),
    (patterns.letterpress, {}),
    (wood.misty_firs, {}),
    (
        stuff.wood_planks,
        dict(
            tones="3c3834 6a645c 9a9488 b8b4a8",
            plank=21.333333,
            paint="3c8aa0 e8e4d4 d86a50 f0c85c",
        ),
    ),
    (land.dunes, dict(air="241c44 7a4a6a e8a07c", lit="d8704c", dark="4a1c34", sharp=1.6)),
    (patterns.drip_painting, {}),
    (wood.jungle, {}),
    (stuff.pebbles, {}),
    # 11
    (land.cave, dict(rock="0c2840 2c6a94 8cc8e4 e8f8ff", outside="fff0d8 f8c890 c87850", mouth=(96, 60))),
    (patterns.topographic, {}),
    (wood.palms, {}),
    (stuff.frost, {}),
    (land.snowfield, {}),
    (patterns.blueprint, {}),
    (wood.mushrooms, {}),
    (stuff.peacock, {}),
    (land.moonscape, dict(dust="5a2416 b8603c f0b088", world="c8a080", air="2c1a1a")),
    (patterns.cube_blocks, {}),
    # 21
    (wood.cherry, {}),
    (stuff.brick_wall, {}),
    (land.waterfall, {}),
    (patterns.star_tiling, {}),
    (wood.fallen_leaves, {}),
    (stuff.feathers_scales, {}),
    (land.cracked_earth, {}),
    (patterns.circuit_board, {}),
    (wood.meadow, {}),
    (stuff.crumpled_paper, {}),
    # 31
    (land.tea_terraces, {}),
    (patterns.truchet, {}),
    (wood.bamboo, {}),
    (stuff.marble, {}),
    (land.savanna, {}),
    (
        patterns.julia,
        dict(
            tones="f4ece0 e8b8a0 a84c5c 3c1c3c 1c5a5c a8d8b0 f4ece0",
            at=(-0.4, 0.6),
            zoom=1.35,
        ),
    ),
    (night.planets, {}),
    (stuff.knit, dict(yarns="2c3c5c 8ca8c8 5a3c5c e8a8b0 2c5a5c f0e4c8", stitch=10.666667)),
    (land.braided_river, {}),
    (patterns.old_map, {}),
    # 41
    (night.aurora, {}),
    (stuff.leopard, {}),
    (city.lighthouse, {}),
    (patterns.quilt, {}),
    (night.balloons, {}),
    (stuff.satin, dict(cloth="04281c 0c7a50 7ad8a8 f0fff4", folds=2.0)),
    (patterns.xray, {}),
    (patterns.impasto, {}),
    (water.rain_window, {}),
    (stuff.fruit_crate, {}),
    # 51
    (land.slot_canyon, {}),
    (patterns.metro_map, {}),
    (city.market, {}),
    (stuff.tartan, {}),
    (night.rainbow, {}),
    (patterns.stained_glass, {}),
    (water.foam_bubbles, {}),
    (stuff.rust, {}),
    (night.neon_alley, {}),
    (patterns.carpet, {}),
    # 61
    (water.karst_bay, {}),
    (stuff.torn_posters, {}),
    (city.container_port, {}),
    (patterns.newspaper, {}),
    (wood.canopy, {}),
    (stuff.log_pile, {}),
    (water.reef, {}),
    (
        night.bokeh,
        dict(
            ground="081420 0c2c44 1c4a5c",
            hues="8ad0f8 e0f4ff 4a9ae0 b0f0e0 f0e0ff",
            size=22.0,
        ),
    ),
    (stuff.jelly_beans, {}),
    (city.suspension_bridge, {}),
    # 71
    (water.open_sea, {}),
    (patterns.comic_page, {}),
    (indoors.nave, {}),
    (land.rice_mirror, {}),
    (patterns.wax_print, {}),
    (water.misty_lake, {}),
    (city.skyline_day, {}),
    (night.cities_from_orbit, {}),
    (stuff.agate, {}),
    (indoors.living_room, {}),
    # 81
    (water.lily_pond, {}),
    (wood.cactus_night, {}),
    (indoors.server_hall, {}),
    (city.crossing, {}),
    (night.galaxy, {}),
    (wood.sunflower, {}),
    (water.pool, {}),
    (city.pagoda, {}),
    (indoors.kitchen, {}),
    (water.sunset_sea, dict(air="3c6aa0 8ca8c8 f0ccb8 fff0c8", glow="fff4d0", sun_x=60.0)),
    # 91
    (night.nebula, dict(dark="02060a", gas="041c2c 0c6a6a d8b050 fff4d0", edge="4a1c5a")),
    (
        city.castle,
        dict(
            air="0c1030 2c3060 6a5a8c",
            stone="4a4a64",
            roof="2c2440",
            land="14202c 0c1420",
            night=True,
        ),
    ),
    (water.ripples, {}),
    (indoors.workshop, {}),
    (patterns.mosaic, {}),
    (water.storm, {}),
    (land.wheat, {}),
    (night.fireworks, {}),
    (stuff.zebra, {}),
    (land.tulips, {}),
    # 101
    (night.milky_way, {}),
    (city.rooftops, {}),
    (indoors.greenhouse, {}),
    (night.cloud_sea, {}),
    (wood.spider_web, {}),
    (land.volcano, {}),
    (city.refinery, {}),
    (city.chain_link, {}),
    (land.rolling_hills, {}),
    (indoors.bookshelves, {}),
    # 111
    (night.paper_lanterns, {}),
    (water.beach, {}),
    (city.ferris_wheel, {}),
    (indoors.tunnel, {}),
    (water.harbour, {}),
    (land.canyon, {}),
    (patterns.abstract_shapes, {}),
    (indoors.arcade, {}),
    (night.concert, {}),
    (stuff.graffiti, {}),
    # 121
    (water.iceberg, {}),
    (land.lava, {}),
    (city.snow_village, {}),
    (night.light_trails, {}),
    (indoors.stage_curtain, {}),
    (water.jellyfish, {}),
    (city.skyline_night, {}),
    (wood.lavender, {}),
)


def background(number: int) -> np.ndarray:
    """Draw picture 1..128, always the same, as uint8 of shape (height, width, 3)."""
    rng = np.random.Generator(np.random.PCG64(number))
    scene, look = SCENES[number - 1]
    return finish(rng, scene(rng, **look))
