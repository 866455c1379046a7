"""Skeletons and magicians."""

from __future__ import annotations

from .figure import Figure, Pose


def bones(f: Figure, p: Pose, y: int, bone: str, dim: str, reach: float = 3.0, stoop: int = 0) -> None:
    """Draw ribs, spine, pelvis and thin legs: the body of the skeletons."""
    f.arm(9 + stoop, y + 9, 2.2 * p.swing, 7, dim, dim, width=1)
    f.leg(8, y + 15, -reach * p.swing, p.far, dim, dim, width=1, toe=2)
    f.leg(6, y + 15, reach * p.swing, p.near, bone, bone, width=1, toe=2)
    f.stamp(
        5 + stoop,
        y + 8,
        """
        ..b...
        bbbbb.
        .dbd.b
        bbbbb.
        .dbd.b
        bbbbb.
        """,
        b=bone,
        d=dim,
    )
    f.stamp(
        5,
        y + 14,
        """
        ..b..
        bbbbb
        b...b
        """,
        b=bone,
    )


def skeleton(f: Figure, p: Pose) -> None:
    """A clean white skeleton with a grinning skull."""
    y = 1 + p.bob
    bones(f, p, y, "f2eedc", "a8a290")
    f.stamp(
        4,
        y,
        """
        ..bbbbb.
        .bbbbbbb
        .bbbbbbb
        .bbkkbkk
        .bbkkbkk
        ..bbbbkb
        ..bbbbbb
        ...bkbkb
        ...bbbb.
        """,
        b="f2eedc",
    )
    f.arm(6, y + 9, -2.6 * p.swing, 7, "f2eedc", "f2eedc", width=1)


def dark_skeleton(f: Figure, p: Pose) -> None:
    """A charred skeleton under a torn hood, green fire in its eyes, a rusty scimitar in hand."""
    y = 2 + p.bob
    f.stamp(
        3,
        y + 7,
        """
        cccc..
        cccc..
        ccc...
        cc.c..
        cc....
        c.c...
        """,
        c="3c1c4a",
    )
    bones(f, p, y, "6c6878", "46424f", stoop=0)
    f.stamp(
        3,
        y - 1,
        """
        ...cccc..
        ..cccccc.
        .ccCCCCcc
        .cCCbbbb.
        cCCbbbbb
        cCCbgbbg
        cCCbkbbk
        .cC.bbbb.
        ..c.bkbk.
        """,
        c="54286a",
        C="341842",
        b="7c788a",
        g="50ff60",
    )
    f.line(8, y + 9, 11, y + 12, "7c788a")
    dip = round(0.8 * p.swing)
    f.stamp(
        10,
        y + 5 + dip,
        """
        ..rr.
        ...mr
        ...mr
        ..mmr
        ..mm.
        ..mr.
        .yy..
        ..yy.
        """,
        m="e0c8a8",
        r="b8643c",
        y="e0b040",
    )


def elder_skeleton(f: Figure, p: Pose) -> None:
    """A stooped old skeleton with a crown, a long white beard, a robe of rags and a staff."""
    y = 3 + p.bob
    f.line(13, y - 1, 13, 23, "7a5430")
    f.stamp(
        12,
        y - 3,
        """
        ttt
        tWt
        ttt
        """,
        t="40c8f0",
        W="e0ffff",
    )
    f.leg(8, y + 16, -2 * p.swing, p.far, "a09468", "a09468", width=1, toe=2)
    f.leg(5, y + 16, 2 * p.swing, p.near, "d8cc98", "d8cc98", width=1, toe=2)
    f.stamp(
        2,
        y + 7,
        """
        ..RRRR....
        .RRRrrRR..
        .RRrrrrRR.
        RRrryrrrR.
        RRrryrrrR.
        RRrrrrrr..
        RRrrrrrr..
        RrrrRrrr..
        RrrRRrrR..
        R.rR.rR...
        """,
        r="8c3440",
        R="5c2030",
        y="d8b040",
    )
    f.stamp(
        4,
        y - 2,
        """
        .y.y.y..
        .yyyyyy.
        .bbbbbb.
        bbbbbbbb
        bbbkkbkk
        bbbkkbkk
        .bbbbbkb
        .bwwwww.
        ..wwwww.
        ..wwwww.
        ...wwww.
        ...www..
        ....w...
        """,
        b="d8cc98",
        y="f4c838",
    )
    f.line(8, y + 10, 12, y + 10 + round(p.swing), "8c3440", 2)
    f.dot(13, y + 10 + round(p.swing), "d8cc98")


def enchanter(f: Figure, p: Pose) -> None:
    """A turbaned enchanter in a long blue robe, a glowing orb above his palm."""
    y = 1 + p.bob
    f.row(5 + round(-2 * p.swing), 8 + round(-2 * p.swing), 23, "8c5a20", 0.7)
    f.row(6 + round(2 * p.swing), 9 + round(2 * p.swing), 23, "c88430")
    hem = round(p.swing)
    f.stamp(
        4,
        y + 8,
        """
        ..yyyy..
        .bbyybb.
        .bbyybb.
        .bbyybb.
        .oooooo.
        .bbyybb.
        .bbyybb.
        bbbyybbb
        bbByyBbb
        bbByyBbb
        bBbyybBb
        bBbyybBb
        bBbyybBb
        """,
        b="2c48b8",
        B="1c2c80",
        y="e8c868",
        o="d84880",
    )
    f.dot(3 - (hem > 0), 21, "2c48b8")
    f.dot(12 + (hem < 0), 21, "2c48b8")
    f.stamp(
        4,
        y,
        """
        ...ww...
        ..wwwww.
        .wwWwwww
        .wwwWrww
        .wwwwWww
        ..sssss.
        .ssssess
        .ssssesS
        ..hhshh.
        ...hhhh.
        ....hh..
        """,
        W="c8c0d0",
        r="e82c50",
        s="c8905c",
        S="a06c40",
        h="241c1c",
    )
    f.line(8, y + 10, 11, y + 13, "4868d8", 2)
    f.row(12, 13, y + 13, "c8905c")
    lift = (0, 1, 1, 0, 0, 1)[p.index % 6]
    f.stamp(
        11,
        y + 8 + lift - 1,
        """
        .cc.
        cWcc
        cccC
        .cC.
        """,
        c="f080ff",
        C="b040d8",
        W="ffffff",
    )


def woman_wizard(f: Figure, p: Pose) -> None:
    """A witch with a bent wide hat, red hair, a green dress and a star wand."""
    y = 4 + p.bob
    f.legs(p, 6, y + 15, "3c2c4c", "241c30", reach=2.6, boot=3)
    f.stamp(
        4,
        y + 8,
        """
        ..gggg..
        ..gsgg..
        ..gggg..
        ..kyyk..
        ..gggg..
        .gggggg.
        .gGgGgg.
        gggGgggg
        gGggGgGg
        """,
        g="2c9c6c",
        G="1c6c4c",
        y="f4d048",
    )
    sway = 1 if p.swing > 0.5 else 0
    f.stamp(
        3 - sway,
        y + 4,
        """
        .hhh
        hhhh
        hhh.
        hhh.
        hhh.
        .hh.
        """,
        h="d8501c",
    )
    f.stamp(
        1,
        y - 4,
        """
        .vv...........
        ..vvv.........
        ...vvvv.......
        ....vvvvv.....
        ....vvvvvv....
        ...oooooooo...
        vvvvvvvvvvvvv.
        ...hhhhssss...
        ...hhhssess...
        ...hhssess....
        ...hhhsssS....
        ...hhhss......
        """,
        v="5a3c9c",
        o="f4a838",
        h="e8642c",
    )
    f.line(8, y + 9, 11, y + 11 - round(p.swing), "2c9c6c", 1)
    f.line(8, y + 10, 11, y + 12 - round(p.swing), "2c9c6c", 1)
    hand = y + 11 - round(p.swing)
    f.dot(12, hand, "f0c49c")
    f.line(12, hand - 1, 13, hand - 4, "8c6030")
    f.stamp(
        12,
        hand - 7,
        """
        .y.
        yWy
        .y.
        """,
        y="ffe050",
        W="ffffff",
    )
