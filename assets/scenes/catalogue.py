"""Which scene each of the 128 pictures shows.

No scene is drawn twice, and neighbours are unrelated on purpose: the benchmark trains on the first few
pictures and holds out the last.
"""

from __future__ import annotations

import numpy as np

from . import city, indoors, land, night, patterns, stuff, water, wood
from .canvas import finish

SCENES = (
    # 1
    land.alps,
    wood.birch_autumn,
    city.street_fronts,
    patterns.letterpress,
    wood.misty_firs,
    stuff.wood_planks,
    land.dunes,
    patterns.drip_painting,
    wood.jungle,
    stuff.pebbles,
    # 11
    land.cave,
    patterns.topographic,
    wood.palms,
    stuff.frost,
    land.snowfield,
    patterns.blueprint,
    wood.mushrooms,
    stuff.peacock,
    land.moonscape,
    patterns.cube_blocks,
    # 21
    wood.cherry,
    stuff.brick_wall,
    land.waterfall,
    patterns.star_tiling,
    wood.fallen_leaves,
    stuff.feathers_scales,
    land.cracked_earth,
    patterns.circuit_board,
    wood.meadow,
    stuff.crumpled_paper,
    # 31
    land.tea_terraces,
    patterns.truchet,
    wood.bamboo,
    stuff.marble,
    land.savanna,
    patterns.julia,
    night.planets,
    stuff.knit,
    land.braided_river,
    patterns.old_map,
    # 41
    night.aurora,
    stuff.leopard,
    city.lighthouse,
    patterns.quilt,
    night.balloons,
    stuff.satin,
    patterns.xray,
    patterns.impasto,
    water.rain_window,
    stuff.fruit_crate,
    # 51
    land.slot_canyon,
    patterns.metro_map,
    city.market,
    stuff.tartan,
    night.rainbow,
    patterns.stained_glass,
    water.foam_bubbles,
    stuff.rust,
    night.neon_alley,
    patterns.carpet,
    # 61
    water.karst_bay,
    stuff.torn_posters,
    city.container_port,
    patterns.newspaper,
    wood.canopy,
    stuff.log_pile,
    water.reef,
    night.bokeh,
    stuff.jelly_beans,
    city.suspension_bridge,
    # 71
    water.open_sea,
    patterns.comic_page,
    indoors.nave,
    land.rice_mirror,
    patterns.wax_print,
    water.misty_lake,
    city.skyline_day,
    night.cities_from_orbit,
    stuff.agate,
    indoors.living_room,
    # 81
    water.lily_pond,
    wood.cactus_night,
    indoors.server_hall,
    city.crossing,
    night.galaxy,
    wood.sunflower,
    water.pool,
    city.pagoda,
    indoors.kitchen,
    water.sunset_sea,
    # 91
    night.nebula,
    city.castle,
    water.ripples,
    indoors.workshop,
    patterns.mosaic,
    water.storm,
    land.wheat,
    night.fireworks,
    stuff.zebra,
    land.tulips,
    # 101
    night.milky_way,
    city.rooftops,
    indoors.greenhouse,
    night.cloud_sea,
    wood.spider_web,
    land.volcano,
    city.refinery,
    city.chain_link,
    land.rolling_hills,
    indoors.bookshelves,
    # 111
    night.paper_lanterns,
    water.beach,
    city.ferris_wheel,
    indoors.tunnel,
    water.harbour,
    land.canyon,
    patterns.abstract_shapes,
    indoors.arcade,
    night.concert,
    stuff.graffiti,
    # 121
    water.iceberg,
    land.lava,
    city.snow_village,
    night.light_trails,
    indoors.stage_curtain,
    water.jellyfish,
    city.skyline_night,
    wood.lavender,
)


def background(number: int) -> np.ndarray:
    """Draw picture 1..128, always the same, as uint8 of shape (height, width, 3)."""
    rng = np.random.Generator(np.random.PCG64(number))
    return finish(rng, SCENES[number - 1](rng))
