"""The first-person world: its levels, its motion, its rays and pictures obey the laws that they are described by."""

from collections import deque

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from kage.few import changed_where
from kage.first_person import above, billboard, env, figures, level, rays, scene
from kage.first_person import latent as dynamics
from kage.first_person.config import FirstPersonConfig, decides
from kage.first_person.latent import FORWARD, LEFT, RIGHT, walker
from kage.first_person.physics import COS, SIN, TURN, UNITS, build, same_dynamics
from kage.look import background
from kage.look.configuration import difference, laid_over, to_dict
from kage.params import ConfigError

T1 = {
    "background": {"mode": "black"}, "npc": {"enabled": False}, "H": 32, "W": 32, "layout": {"size": 7},
    "character": {"use_sprites": False, "use_shape": True, "shape_types": ["circle"], "shape_colors": ["teal"],
                  "shape_rotate": False},
}  # fmt: skip
SKELETON = "assets/sprites/skeleton"
BUSY = {
    "background": {"mode": "noise", "switch_frequency": 0.1}, "character": {"sprite_path": SKELETON},
    "npc": {"enabled": True, "min_npc_count": 4, "max_npc_count": 4, "sprite_path": SKELETON, "sticky_enabled": True,
            "min_sticky_count": 2, "max_sticky_count": 2, "sticky_sprite_path": SKELETON,
            "sticky_x_offsets": [-6, 6], "sticky_jump_probability": 0.3},
    "distractors": {"enabled": True, "count": 2, "min_size": 16, "max_size": 48},
    "layout": {"layout_colors": ["red", "lime"], "wall_texture": "plain"},
}  # fmt: skip
EPISODES, STEPS = 8, 60


def config(**changes) -> FirstPersonConfig:
    return laid_over(laid_over(FirstPersonConfig(), T1), changes)


def every(tree, index):
    return jax.tree.map(lambda x: x[index], tree)


@pytest.fixture(scope="module")
def played():
    """Latent states of episodes in mazes and halls, (STEPS + 1, EPISODES, ...), the rewards and the actions; half of the
    episodes follow the walker, half act at random."""
    physics = build(config())
    openness = jnp.float32([0, 0.3, 0.7, 1] * (EPISODES // 4))

    @jax.jit
    def play(keys, random):
        def one(key, openness):
            return dynamics.start(level.sample(key, physics.replace(openness=openness)), physics)

        def step(states, action):
            walked = jax.vmap(walker, (0, None))(states, physics)
            action = jnp.where(jnp.arange(EPISODES) < EPISODES // 2, walked, action)
            after, reward = jax.vmap(dynamics.step, (0, 0, None))(states, action, physics)
            return after, (after, reward, action)

        start = jax.vmap(one)(keys, openness)
        _, (states, rewards, actions) = jax.lax.scan(step, start, random)
        return jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), start, states), rewards, actions

    random = jax.random.randint(jax.random.key(1), (STEPS // 4, EPISODES), 0, 8).repeat(4, 0)
    return jax.tree.map(np.asarray, play(jax.random.split(jax.random.key(0), EPISODES), random))


def search(solid: np.ndarray, cell: int) -> np.ndarray:
    """Steps to a cell by breadth-first search, -1 where there is no way."""
    size = len(solid)
    found, queue = np.full(size * size, -1), deque([cell])
    found[cell] = 0
    while queue:
        here = queue.popleft()
        for near in (here + 1, here - 1, here + size, here - size):
            if not solid[near // size, near % size] and found[near] < 0:
                found[near] = found[here] + 1
                queue.append(near)
    return found


def grid(walls: np.ndarray) -> np.ndarray:
    return (walls[:, None] >> np.arange(len(walls)) & 1).astype(bool)


def test_levels_are_connected_and_a_perfect_maze_has_as_many_openings_as_rooms_less_one(played):
    states, _, _ = played
    for episode in range(EPISODES):
        solid = grid(states.walls[0, episode])
        found = search(solid, int(states.goal[0, episode]))
        assert ((found >= 0) == ~solid.ravel()).all()
        assert solid[0].all() and solid[-1].all() and solid[:, 0].all() and solid[:, -1].all()
        rooms = (len(solid) - 1) // 2
        _, cells = level.edges(rooms)
        opened = (~solid[cells[:, 0], cells[:, 1]]).sum()
        assert opened == rooms**2 - 1 if episode % 4 == 0 else opened >= rooms**2 - 1
    assert len({bytes(states.walls[0, episode]) for episode in range(EPISODES)}) == EPISODES


def test_distances_are_those_of_a_search_at_every_step(played):
    states, _, _ = played
    assert states.goals[-1, : EPISODES // 2].sum() > 4  # goals have moved
    for t in range(0, STEPS + 1, 6):
        for episode in range(EPISODES):
            found = search(grid(states.walls[0, episode]), int(states.goal[t, episode]))
            assert (states.distance[t, episode] == np.where(found < 0, level.FAR, found)).all()


def test_no_corner_of_the_box_is_ever_in_a_wall(played):
    states, _, _ = played
    radius = int(build(config()).radius)
    solid = np.stack([grid(walls) for walls in states.walls[0]])
    for dx in (-radius, radius):
        for dy in (-radius, radius):
            x, y = (states.x + dx) // UNITS, (states.y + dy) // UNITS
            assert not solid[np.arange(EPISODES), x, y].any()


def test_ways_shorten_by_what_is_walked_and_rewards_tell_it(played):
    states, rewards, _ = played
    physics = build(config())
    moved = states.goals[1:] > states.goals[:-1]
    before, after = states.way[:-1], states.way[1:]
    shortened = np.diff(states.shortened, axis=0)
    assert (shortened[~moved] == (before - after)[~moved]).all()
    assert states.shortened[-1, : EPISODES // 2].min() > 3 * UNITS  # the walker makes its way
    expected = 0.2 / UNITS * shortened + moved - 0.01
    np.testing.assert_allclose(rewards, expected, atol=1e-6)
    touch = (states.x[1:] - states.goal[:-1] // 7 * UNITS - 512) ** 2 + (
        states.y[1:] - states.goal[:-1] % 7 * UNITS - 512) ** 2 <= int(physics.reach) ** 2  # fmt: skip
    assert (touch == moved).all()


def test_goals_are_far_from_the_last_one_and_depend_on_the_level_alone(played):
    states, _, _ = played
    next_goal = jax.jit(lambda seed, distance: level.next_goal(seed, 1, distance, jnp.int32(3)))
    distances = jax.jit(lambda walls, goal: level.distances(walls, goal, True, jnp.zeros(49, jnp.uint8)))
    for episode in range(EPISODES // 2):
        goals = states.goal[:, episode][np.flatnonzero(np.diff(states.goals[:, episode], prepend=-1))]
        solid = grid(states.walls[0, episode])
        assert all(search(solid, a)[b] >= 3 for a, b in zip(goals, goals[1:]))
        if len(goals) > 1:
            distance = distances(states.walls[0, episode], goals[0])
            assert next_goal(states.seed[0, episode], distance) == goals[1]


def test_turning_all_the_way_is_the_identity_and_walking_follows_the_heading(played):
    """In an empty hall, where nothing stops the agent. LEFT and RIGHT together cancel."""
    states, _, _ = played
    free = np.full(7, 0, np.uint32)
    state = every(states, (0, 0)).replace(walls=free, x=np.int32(3 * UNITS), y=np.int32(3 * UNITS), heading=np.int32(40))
    physics = build(config())
    step = jax.jit(dynamics.step)
    turned = state
    for _ in range(TURN // 8):
        turned, _ = step(turned, jnp.int32(RIGHT), physics)
    assert turned.heading == 40 and turned.x == state.x
    both, _ = step(state, jnp.int32(LEFT | RIGHT), physics)
    assert both.heading == 40
    for _ in range(5):
        state, _ = step(state, jnp.int32(FORWARD), physics)
    assert abs(state.x - 3 * UNITS - 1000 * COS[40] / 2**14) <= 2.5
    assert abs(state.y - 3 * UNITS - 1000 * SIN[40] / 2**14) <= 2.5


def test_motion_is_that_of_whole_numbers_and_no_quantity_is_rounded_but_the_reward(played):
    """Python's integers lead where the compiled program does, so every backend gives the same bits."""
    states, _, actions = played
    kinds = {name: value.dtype.kind for name, value in vars(states).items()}
    assert {name for name, kind in kinds.items() if kind == "f"} == {"ret"}
    turn, speed, radius = (int(getattr(build(config()), name)) for name in ("turn_speed", "move_speed", "radius"))
    for episode in range(EPISODES):
        walls = [int(word) for word in states.walls[0, episode]]
        x, y, heading = (int(getattr(states, name)[0, episode]) for name in ("x", "y", "heading"))
        for t, action in enumerate(actions[:, episode]):
            heading = (heading + turn * (bool(action & RIGHT) - bool(action & LEFT))) % TURN
            moves = [(int(table[heading]) * speed * bool(action & FORWARD) + 8192) // 16384 for table in (COS, SIN)]
            for axis, move in enumerate(moves):
                here = [x, y]
                here[axis] += move
                edge = here[axis] + (radius if move > 0 else -radius) * (move != 0)
                corners = [(edge, here[1] + side) if axis == 0 else (here[0] + side, edge) for side in (-radius, radius)]
                if not any(walls[a // UNITS] >> b // UNITS & 1 for a, b in corners):
                    x, y = here
            assert (x, y, heading) == tuple(int(getattr(states, name)[t + 1, episode]) for name in ("x", "y", "heading"))


def exact(solid: np.ndarray, x: float, y: float, dx: float, dy: float) -> float:
    """The depth of the first wall, by walking from line to line of the grid."""
    cell, t = [int(x), int(y)], 0.0
    while not solid[cell[0], cell[1]]:
        lines = [((cell[i] + (d > 0)) - p) / d if d else np.inf for i, (p, d) in enumerate(((x, dx), (y, dy)))]
        axis = int(np.argmin(lines))
        t = lines[axis]
        cell[axis] += 1 if (dx, dy)[axis] > 0 else -1
    return t


def test_rays_meet_the_walls_that_an_exact_walk_meets(played):
    """Also along the axes, and beside a corner."""
    states, _, _ = played
    cast = jax.jit(lambda state: (rays.cast(state.walls, eye := rays.eye(state, 16)), eye))
    for t, episode, heading in [(0, 0, None), (0, 1, 0), (0, 2, 64), (30, 0, 128), (40, 3, None), (60, 5, 32), (60, 7, None)]:
        state = every(states, (t, episode))
        state = state if heading is None else state.replace(heading=np.int32(heading))
        hits, eye = cast(state)
        walked = [exact(grid(state.walls), float(eye.x), float(eye.y), float(a), float(b))
                  for a, b in zip(np.float64(eye.ray_x), np.float64(eye.ray_y))]  # fmt: skip
        np.testing.assert_allclose(hits.depth, walked, rtol=1e-4)
        assert hits.depth.min() >= 0.15 and (hits.place >= 0).all() and (hits.place <= 1).all()


@pytest.fixture(scope="module")
def looks():
    """Two looks that differ in every layer, and functions that draw a state, draw two states, and play."""
    both = jax.jit(jax.vmap(env.render, (0, None)))
    return env.build(config()), env.build(config(**BUSY)), jax.jit(env.render), both, jax.jit(
        lambda key, params: jax.lax.fori_loop(
            0, 9, lambda t, s: env.step(s, (t * 5) % 8, params)[0], env.reset(key, params)))  # fmt: skip


def test_no_look_changes_a_latent_value_and_a_counterfactual_is_what_would_have_been(looks):
    one, other, render, both, play = looks
    key = jax.random.key(5)
    plain, busy = play(key, one), play(key, other)
    jax.tree.map(np.testing.assert_array_equal, plain.latent, busy.latent)
    recalled = jax.jit(env.counterfactual)(plain, other)
    jax.tree.map(np.testing.assert_array_equal, recalled, busy)
    frames = both(jax.tree.map(lambda a, b: jnp.stack([a, b]), recalled, play(jax.random.key(6), other)), other)
    again = both(jax.tree.map(lambda a: jnp.stack([a, a]), busy), other)
    np.testing.assert_array_equal(frames[0], again[1])
    assert (np.asarray(frames[0]) != frames[1]).mean() > 0.3
    assert (np.asarray(frames[0]) != np.asarray(render(plain, one))).mean() > 0.3


def test_masks_tell_the_layers_apart(looks):
    _, other, _, both, play = looks
    state = play(jax.random.key(5), other).replace(latent=facing((4, 3))[0].latent)
    owned = jax.jit(env.masks)(state, other)
    layers = [owned.goal, owned.wall, owned.npc, owned.distractor]
    assert np.sum(layers, 0).max() == 1
    assert owned.wall.any() and owned.npc.any() and owned.distractor.any()
    color = other.look.walls.colors[state.visual.layout]
    shown = np.asarray(both(jax.tree.map(lambda a: jnp.stack([a, a]), state), other)[1])[:, np.asarray(owned.wall)].T
    assert {tuple(pixel) for pixel in shown} <= {tuple(np.asarray(color[face, 0])) for face in (0, 1)}


def test_distractors_are_as_large_on_a_small_screen_as_on_a_large_one():
    """Beside the screen, as everything else is: half as many px on half as many, also when they move."""
    given = {"enabled": True, "count": 1, "min_size": 16, "max_size": 24, "min_speed": 1.0, "max_speed": 2.0}
    large, small = (env.build(config(distractors=given, H=side, W=side)).look.distractors for side in (128, 64))
    assert large.size.tolist() == [16, 24] and large.speed.tolist() == [1, 2]
    assert small.size.tolist() == [8, 12] and small.speed.tolist() == [0.5, 1]
    least = env.build(config(distractors=given | {"min_size": 1, "max_size": 1})).look.distractors
    assert least.size.tolist() == [1, 1]


def facing(goal_cell: tuple[int, int], walls: list[tuple[int, int]] = ()) -> tuple:
    """A hall of 7 cells a side, the agent in the middle of cell (1, 3) looking along x, and the goal in a cell."""
    params = env.build(config(layout={"size": 7, "wall_texture": "plain"}))
    state = jax.jit(env.reset)(jax.random.key(0), params)
    solid = np.zeros((7, 7), bool)
    solid[[0, -1]] = solid[:, [0, -1]] = True
    for cell in walls:
        solid[cell] = True
    latent = state.latent.replace(
        walls=level.packed(jnp.asarray(solid)), x=jnp.int32(1.5 * UNITS), y=jnp.int32(3.5 * UNITS),
        heading=jnp.int32(0), goal=jnp.int32(goal_cell[0] * 7 + goal_cell[1]))  # fmt: skip
    return state.replace(latent=latent), params


def test_the_goal_is_as_wide_as_its_distance_tells_and_a_wall_hides_it(looks):
    _, _, render, *_ = looks
    teal = np.array([0, 128, 128], np.uint8)[:, None, None]
    shown = {}
    for cell, walls in (((3, 3), ()), ((5, 3), ()), ((5, 3), [(4, 3)]), ((1, 5), [(4, 3)])):
        state, params = facing(cell, walls)
        frame = np.asarray(render(state, params))
        shown[cell, bool(walls)] = frame
        wide = (frame == teal).all(0).any(0).sum()
        expected = 0 if walls else 0.5 * rays.focal(32) / (cell[0] - 1)
        assert abs(wide - expected) <= 1, cell
    np.testing.assert_array_equal(shown[(5, 3), True], shown[(1, 5), True])  # behind a wall, or behind the agent


def test_a_mirrored_level_is_seen_in_a_mirror(looks):
    _, _, render, *_ = looks
    state, params = facing((4, 2), [(3, 4), (5, 3), (2, 1)])
    latent = state.latent.replace(heading=jnp.int32(10), y=jnp.int32(3.3 * UNITS))
    mirrored = latent.replace(
        walls=level.packed(level.solids(latent.walls)[:, ::-1]), y=7 * UNITS - latent.y, heading=TURN - latent.heading,
        goal=jnp.int32(4 * 7 + 4))  # fmt: skip
    one, other = (np.asarray(render(state.replace(latent=each), params)) for each in (latent, mirrored))
    assert (one != one[:, :, ::-1]).mean() > 0.05 and len(np.unique(one[2])) >= 4  # goal, both kinds of faces, black
    assert (one != other[:, :, ::-1]).sum() <= 3  # an edge may be rounded to the other side


def test_figures_in_their_window_are_those_of_the_whole_frame(looks, monkeypatch):
    """A shape that turns and a sprite of odd size, near and far, beside the screen and behind a wall; side by side and
    one by one."""
    state, _ = facing((4, 3))
    eye = rays.eye(state.latent, 64)
    hits = rays.cast(state.latent.walls, eye)
    x, y = (part.ravel() for part in jnp.meshgrid(jnp.array([1.6, 1.8, 2.1, 3.1, 4.6, 7.5]), jnp.array([2.2, 3.1, 3.5, 4.2])))
    texel = jax.random.bits(jax.random.key(0), (2, 21, 15), jnp.uint32)
    texels = billboard.Texels(words=jnp.pad(texel, ((0, 0), (1, 1), (1, 1))))
    under = jax.random.bits(jax.random.key(1), (24, 3, 64, 64), jnp.uint8)

    def draw(frame, x, y, k):
        place = billboard.place(eye, x, y, 2.0, 64)
        frame = billboard.draw_shape(frame, ("cross",), 0, 7.0 * k, (16, 24), jnp.uint8([1, 2, 3]), place, hits)
        part = billboard.sprite_part(texels, jnp.int32(15), place, hits, 64, 64)
        return billboard.draw_sprite(frame, texels, k % 2, jnp.int32(15), part, place, hits)

    together = jax.jit(jax.vmap(draw))(under, x, y, jnp.arange(24))
    one = jax.jit(draw)
    for k in (3, 7, 14):
        np.testing.assert_array_equal(one(under[k], x[k], y[k], jnp.int32(k)), together[k])
    monkeypatch.setattr(billboard, "part_of", lambda place, *_: billboard.Part(
        *map(jnp.int32, (0, 0, 64, 64)), seen=place.depth >= billboard.NEAREST))  # fmt: skip
    whole = jax.jit(jax.vmap(lambda *args: draw(*args)))(under, x, y, jnp.arange(24))
    np.testing.assert_array_equal(whole, together)
    changed = (np.asarray(together) != np.asarray(under)).any(1).sum((1, 2))
    assert (changed > 16 * 16).sum() > 3 and (changed == 0).sum() > 2 and ((changed > 0) & (changed < 100)).sum() > 2


@pytest.mark.parametrize("together", [1, 2, 4])
@pytest.mark.parametrize("axes, inner", [((0, 0, 0, 0, 0), (0, 0, 0, 0, None)), ((None, 0, None, 0, None), (0, None, 0, None, 0))])
def test_a_few_of_many_are_changed_and_the_others_stay(axes, inner, together):
    """Nested, with arguments that all share, also if the rows of the outer batch do not share them."""
    change = changed_where(lambda x, corner, by, table: x + by * table[1] + corner[1], (2, 2), together)
    shapes = [(), (2, 5), (), (), (4,)]
    def axis(n, outer, own):
        return (3,) * (outer is not None) + (5,) * (own is not None) + shapes[n]
    keys = jax.random.split(jax.random.key(0), 5)
    given = [jax.random.normal(key, axis(n, outer, own)) for n, (key, outer, own) in enumerate(zip(keys, axes, inner))]
    given[0], given[2] = given[0] > 0, (given[2] > 0).astype(jnp.int32) * 3
    found = jax.jit(jax.vmap(jax.vmap(lambda wanted, x, column, *rest: change(wanted, x, (jnp.int32(0), column), *rest), inner), axes))(*given)

    def by_hand(wanted, x, column, by, table):
        inside = (jnp.arange(5) >= column) & (jnp.arange(5) < column + 2)
        return jnp.where(wanted & inside, x + by * table[1] + column, x)

    expected = jax.jit(jax.vmap(jax.vmap(by_hand, inner), axes))(*given)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert (np.asarray(found) != np.broadcast_to(given[1].reshape(-1, *given[1].shape[-2:])[0], found.shape)).any()


def test_a_picture_on_a_wall_is_upright_and_darker_on_one_kind_of_face(looks, tmp_path):
    """Rows of the picture are told by red, columns by green; the wall in front is seen along x, one at the side along y."""
    rows, columns = np.mgrid[0:64, 0:64]
    Image.fromarray(np.stack([3 * rows, 3 * columns, 0 * rows], -1).astype(np.uint8)).save(tmp_path / "a.png")
    walls = {"size": 7, "wall_texture": "picture", "wall_image_path": str(tmp_path / "a.png")}
    params = env.build(config(layout=walls, H=64, W=64))
    state, _ = facing((1, 5), [(3, 3)])
    frame = np.asarray(jax.jit(env.render)(state, params)).astype(int)
    red, green = frame[0, 20:44, 32], frame[1, 32, 20:44]  # the wall in front is 1.5 cells away
    assert (np.diff(red) > 0).all() and red[0] < 20 and red[-1] > 170 and abs(red[12] - 96) < 6
    assert (abs(np.diff(green)) <= 12).all() and len(np.unique(green)) > 15
    assert frame[0, :, 0].max() <= 0.85 * 189 < frame[0].max()
    np.testing.assert_array_equal(np.asarray(params.look.walls.pictures[0, 1] & 255), 3 * rows.T)


def test_another_goal_changes_more_than_a_hundredth_of_the_pixels_of_the_walker(played, looks):
    """The pairs of the goal change least. Pink and teal are one program."""
    states, *_ = played
    one, _, render, *_ = looks
    pink = env.build(config(character={"shape_colors": ["pink"]}))
    visual = jax.jit(env.reset)(jax.random.key(0), one).visual
    moments = [env.State(every(states, (t, episode)), visual, {}) for episode in range(EPISODES // 2) for t in range(0, STEPS, 4)]
    changed = [(np.asarray(render(state, one)) != np.asarray(render(state, pink))).any(0).mean() for state in moments]
    assert np.mean(changed) > 0.01


def test_near_figures_cover_far_ones_whatever_their_order():
    """Two opaque figures of one colour each at one and three cells, and the goal between them, which both loops see."""
    state, params = facing((3, 3))
    eye = rays.eye(state.latent, 32)
    hits = rays.cast(state.latent.walls, eye)
    places = [billboard.place(eye, jnp.float32(x), jnp.float32(3.5), 0.0, 32) for x in (2.5, 4.5)]
    assert [float(place.depth) for place in places] == [1, 3]
    near, far = (figures.Figures(place=place.replace(lift=jnp.float32(0)), frame=jnp.int32(i), own_width=jnp.int32(width),
                                 there=jnp.bool_(True)) for i, (place, width) in enumerate(zip(places, (8, 40))))
    inside = jnp.uint32([[[255 << 24 | 10]], [[255 << 24 | 20]]])
    texels = billboard.Texels(words=jnp.pad(jnp.broadcast_to(inside, (2, 24, 40)), ((0, 0), (1, 1), (1, 1))))
    black = jnp.zeros((3, 32, 32), jnp.uint8)
    draw = jax.jit(lambda *order: figures.draw(
        black, params.look.character, None, state.visual.character, texels, jax.tree.map(lambda *parts: jnp.stack(parts), *order),
        state.latent, eye, hits))  # fmt: skip
    drawn = [draw(near, far), draw(far, near)]
    np.testing.assert_array_equal(*drawn)
    red = np.asarray(drawn[0])[0]
    assert set(np.unique(red[:, 16])) == {0, 10} and red.max() == 20


def test_a_full_turn_returns_the_sky():
    picture = {"mode": "image", "image_path": "assets/backgrounds/bg-1.png"}
    sky = background.build(config(background=picture).background, 32, 32)
    draw = jax.jit(lambda heading: scene.draw_sky(sky, jnp.uint32(3), heading, 32, 32))
    first = np.asarray(draw(jnp.int32(0)))
    np.testing.assert_array_equal(first, draw(jnp.int32(TURN)))
    assert (first != np.asarray(draw(jnp.int32(40)))).any()
    columns = [np.asarray(draw(jnp.int32(h)))[:, :, 0] for h in range(256)]
    steps = [np.abs(a.astype(int) - b).mean() for a, b in zip(columns, columns[1:] + columns[:1])]
    assert steps[-1] <= 2 * max(steps[:-1])  # no seam
    still = background.build(config(background=picture | {"parallax_factor": 0.0}).background, 32, 32)
    assert (np.asarray(scene.draw_sky(still, jnp.uint32(3), jnp.int32(90), 32, 32)) == first).all()


@pytest.mark.parametrize("key, value, words", [
    ("layout", {"size": 8}, "layout.size=8 is not allowed: odd"),
    ("layout", {"pix_per_unit": 0}, "layout.pix_per_unit"),
    ("physics", {"gravity": 0.4}, "physics.gravity"),
    ("background", {"mode": "image", "tile_horizontal": False}, "background.tile_horizontal=False is not allowed: the sky"),
    ("jump_penalty", 1.0, "jump_penalty"),
])  # fmt: skip
def test_what_the_world_lacks_is_refused(key, value, words):
    with pytest.raises(ConfigError, match=words):
        config(**{key: value})


def test_nothing_that_is_seen_decides_transition_or_reward():
    """Not the size of the goal either, which on the platforms is the agent's box."""
    usual = config()
    assert same_dynamics(usual, config(**BUSY))
    assert same_dynamics(usual, config(character={"width": 40, "height": 9}))
    assert not decides("character.width") and decides("layout.size") and not decides("layout.wall_image_path")
    for group, name, value in (("physics", "reach", 300), ("layout", "openness", 0.5), ("layout", "pillars", 0.9)):
        assert decides(f"{group}.{name}") and not same_dynamics(usual, config(**{group: {"size": 7, name: value} if group == "layout" else {name: value}}))


def test_a_configuration_survives_plain_data():
    one = config(**BUSY)
    assert laid_over(FirstPersonConfig(), to_dict(one)) == one and difference(one, one) == {}


def test_the_map_shows_walls_goal_and_where_the_agent_looks():
    """The agent in cell (1, 3) looks to the right, at a goal in cell (4, 3)."""
    state, _ = facing((4, 3), [(2, 1)])
    picture = np.asarray(jax.jit(lambda latent: above.above(latent, 70))(state.latent)).transpose(1, 2, 0)
    colors = {name: tuple(picture[row, column]) for name, row, column in (
        ("wall", 15, 25), ("floor", 25, 25), ("goal", 35, 45), ("tip", 35, 16), ("beside", 32, 17), ("tail", 33, 13))}
    assert colors["wall"] == above.WALL and colors["floor"] == colors["beside"] == above.FLOOR
    assert colors["goal"] == above.GOAL and colors["tip"] == colors["tail"] == above.AGENT
