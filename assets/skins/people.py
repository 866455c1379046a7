"""Children and grown-ups of everyday life."""

from __future__ import annotations

from .figure import Figure, Pose


def boy(f: Figure, p: Pose) -> None:
    """A boy in a red cap, striped shirt and shorts."""
    y = 5 + p.bob
    f.arm(8, y + 8, 2 * p.swing, 4, "c8ccd8", "cf9468", factor=0.75)
    f.legs(p, 6, y + 13, "3458a0", "e84438", reach=3, bare="f0c49c", bare_from=0.45)
    f.stamp(
        5,
        y + 7,
        """
        .www.
        wwwww
        bbbbb
        wwwww
        bbbbb
        ccccc
        ccccc
        """,
        b="3c78c8",
        c="3458a0",
    )
    f.stamp(
        4,
        y - 1,
        """
        ..rrrr..
        .rrrrrr.
        .rrrrrr.
        .RRRRrrrr
        .hhsssss
        .hssses.
        ..sssesS
        ..ssssS.
        ...sSS..
        """,
        r="e03c34",
        R="a82428",
        h="6a4022",
    )
    f.arm(6, y + 8, -2.4 * p.swing, 5, "f6f3ec", "f0c49c", cuff=3)


def girl(f: Figure, p: Pose) -> None:
    """A girl with blonde plaits and a pink dress."""
    y = 4 + p.bob
    sway = -p.swing
    f.line(4, y + 4, 2 + round(sway), y + 9, "c89020", 2)
    f.dot(2 + round(sway), y + 10, "e84c7c")
    f.arm(9, y + 9, 2 * p.swing, 4, "d85c94", "cf9468", width=1, factor=0.8)
    f.legs(p, 6, y + 15, "f0c49c", "8c2c4c", reach=2.6)
    f.stamp(
        4,
        y + 8,
        """
        ..ppp...
        ..pppp..
        ..pwpp..
        .pppppp.
        .pppppp.
        pppppppp
        pPpPpPpP
        """,
        p="f47cac",
        P="c84c80",
    )
    f.stamp(
        4,
        y - 1,
        """
        ..hhhhh.
        .hhhhhhh
        .hhHhhhh
        hhhsssss
        hhsssess
        .hsssesS
        .ssssss.
        ..ssSS..
        """,
        h="f4c848",
        H="c89020",
    )
    f.line(5, y + 5, 4 + round(sway), y + 10, "f4c848", 1)
    f.dot(4 + round(sway), y + 11, "e84c7c")
    f.arm(7, y + 9, -2.4 * p.swing, 5, "f47cac", "f0c49c", cuff=4)


def girl_2(f: Figure, p: Pose) -> None:
    """A schoolgirl with a black bob, a bow, a sailor collar and a satchel."""
    y = 4 + p.bob
    f.stamp(
        1,
        y + 8,
        """
        .NNN
        NnnN
        NnnN
        NyyN
        NnnN
        .NNN
        """,
        n="b8643c",
        N="7c3c20",
        y="e8c060",
    )
    f.legs(p, 6, y + 15, "2a2c4c", "4a2a20", reach=3, bare="f6f3ec", bare_from=0.5)
    f.stamp(
        4,
        y + 8,
        """
        ..wbbw..
        ..bwwbr.
        ..wwwrw.
        ..wwww..
        ..cccc..
        .ccCcCc.
        cCcCcCcC
        """,
        b="2c4c94",
        r="d83440",
        c="2c4c94",
        C="1e3468",
    )
    f.stamp(
        3,
        y - 1,
        """
        rr.hhhh..
        rrhhhhhh.
        .hhhhhhhh
        .hhhhhhhh
        .hhhssss.
        .hhsses..
        .hhssesS.
        .hhsssS..
        ..hsSS...
        """,
        h="22202e",
        r="d83440",
    )
    f.arm(7, y + 9, -2.2 * p.swing, 5, "f6f3ec", "f0c49c", width=2)


def girl_3(f: Figure, p: Pose) -> None:
    """A dark-skinned girl with two hair puffs and dungarees, holding a balloon."""
    y = 5 + p.bob
    skin, deep = "8c5a3a", "6a4028"
    f.legs(p, 6, y + 13, "4a7cc0", "f0b030", reach=3, boot=1)
    f.stamp(
        5,
        y + 8,
        """
        .yyyy
        bybyy
        bbbby
        bbbbb
        bbwbb
        bbbbb
        """,
        y="f4d048",
        b="4a7cc0",
    )
    f.stamp(
        3,
        y - 1,
        """
        .hhh.....
        hhhhhhhh.
        hhhhhhhhh
        .hhhhhhhh
        ..hhsssss
        ..hssses.
        ...ssses.
        ...sssS..
        ....SS...
        """,
        h="30201c",
        s=skin,
        S=deep,
    )
    hand = f.arm(8, y + 9, 2 + p.swing, 4, "f4d048", skin, raise_by=2)
    f.line(hand[0] + 1, hand[1] - 1, 12, 7, "d8d4d0")
    tilt = 1 if p.swing < -0.3 else 0
    f.stamp(
        11 - tilt,
        1,
        """
        .rr.
        rWrr
        rrrr
        rrrR
        .rR.
        ..R.
        """,
        r="e83848",
        R="a81c30",
        W="ffc0c0",
    )


def man(f: Figure, p: Pose) -> None:
    """A clerk with side parting, moustache, grey suit, red tie and briefcase."""
    y = 1 + p.bob
    f.arm(9, y + 9, 2.4 * p.swing, 7, "4c5468", "cf9468", factor=0.75)
    f.legs(p, 6, y + 15, "3c4458", "1c1814", reach=3.4)
    f.stamp(
        5,
        y + 8,
        """
        ..wwc.
        .ccwrc
        .ccwrc
        cccwrc
        ccccrc
        ccccCc
        cccccC
        .ccccc
        """,
        c="5c667c",
        C="4c5468",
        r="c8283c",
    )
    f.stamp(
        4,
        y,
        """
        ..hhhhh.
        .hhhhhhh
        .hhhhhss
        .hhsssss
        .hsssess
        .hsssesS
        ..sshhh.
        ..sssSS.
        ...ss...
        """,
        h="4a3020",
    )
    hand = f.arm(6, y + 9, -2.4 * p.swing, 7, "6a748c", "f0c49c")
    f.stamp(
        hand[0] - 2,
        hand[1] + 1,
        """
        .kkk.
        nnnnn
        nnynn
        NNNNN
        """,
        n="8c5a2c",
        N="6a4020",
        y="f0d060",
    )


def woman(f: Figure, p: Pose) -> None:
    """A woman with long brown hair, a red dress, heels and a handbag."""
    y = 1 + p.bob
    f.arm(9, y + 9, 2 * p.swing, 6, "a81c34", "cf9468", width=1, factor=0.8)
    f.legs(p, 6, y + 16, "f0c49c", "a81c34", reach=2.8, toe=1)
    f.stamp(
        4,
        y + 8,
        """
        ..rrss..
        ..rrrr..
        ..rrrr..
        ...rr...
        ..kkkk..
        ..rrrr..
        .rrrrrr.
        .rRrrRr.
        rrRrrRrr
        rRrrRrrR
        """,
        r="d83048",
        R="a81c34",
    )
    flow = 1 if abs(p.swing) > 0.6 else 0
    f.stamp(
        3 - flow,
        y,
        """
        ...hhhh.
        ..hhhhhh
        ..hhhhhh
        .hhhhsss
        .hhhhss.
        .hhhhs..
        .hhhh...
        hhhhh...
        hhhhh...
        hhhh....
        .hhh....
        .hh.....
        """,
        h="7c4a28",
    )
    f.stamp(
        4,
        y,
        """
        ..hhhhh.
        .hhhhhhh
        .hhHhhss
        .hHsssss
        .hhssess
        .hhsses.
        .hhssrr.
        ..hsSS..
        ..hss...
        """,
        h="7c4a28",
        H="a0683c",
        r="c82c40",
    )
    hand = f.arm(7, y + 9, -2 * p.swing, 6, "f0c49c", "f0c49c", width=1)
    f.stamp(
        hand[0] - 1,
        hand[1] + 1,
        """
        .y.
        yyy
        yYy
        """,
        y="f0b840",
        Y="b07c20",
    )


def woman_2(f: Figure, p: Pose) -> None:
    """A woman in a long printed dress and head wrap with a basket of fruit on her head."""
    y = 2 + p.bob
    skin, deep = "7a4a30", "5a3422"
    f.legs(p, 6, y + 17, skin, "a8642c", reach=1.8, toe=1)
    f.stamp(
        4,
        y + 11,
        """
        ..yyy...
        .yyyyy..
        .yoyty..
        ..yyyy..
        .tyyoy..
        .yyytyy.
        .yoyyyy.
        yyyytyoy
        ytyoyyyt
        """,
        y="f0b42c",
        o="d8542c",
        t="2c8c7c",
    )
    f.px[23] = 0
    reach = round(1.4 * p.swing)
    f.row(7 + reach, 9 + reach, 23, "a8642c")
    f.row(6 - reach, 8 - reach, 23, "7a4820")
    f.stamp(
        4,
        y + 3,
        """
        .ttttt..
        ttttttt.
        otttttt.
        .tssssss
        ..sswess
        ..sssesS
        ..sssss.
        ...sSS..
        """,
        t="2c8c7c",
        o="f0b42c",
        s=skin,
        S=deep,
    )
    f.stamp(
        3,
        y - 1,
        """
        ..rrggo...
        .rRrggooo.
        nnnnnnnnn.
        .NnNnNnN..
        """,
        r="e04830",
        R="a82c20",
        g="7cb83c",
        o="f4a838",
        n="c89858",
        N="8c6030",
    )
    f.line(9, y + 12, 11, y + 8, skin)
    f.line(11, y + 8, 11, y + 3, skin)
    f.arm(7, y + 12, -2 * p.swing, 5, "f0b42c", skin, width=1, cuff=4)


def farmer(f: Figure, p: Pose) -> None:
    """A bearded farmer in a straw hat and dungarees with a pitchfork."""
    y = 2 + p.bob
    f.line(12, 2 + p.bob, 12, 22, "8c6030")
    f.stamp(
        11,
        0 + p.bob,
        """
        m.m
        m.m
        mmm
        """,
        m="c4ccd4",
    )
    f.legs(p, 6, y + 14, "3c64a0", "6a4424", reach=3, boot=3)
    f.stamp(
        4,
        y + 8,
        """
        ..rbrr..
        .rrbrbr.
        .rrbrbR.
        .rbbbbR.
        .bbybbb.
        .bbbbbb.
        .bbbbbb.
        """,
        r="c84434",
        R="983024",
        b="3c64a0",
        y="f0c848",
    )
    f.stamp(
        2,
        y - 1,
        """
        ...yyyyy...
        ..yyyyyyy..
        ..rrrrrrr..
        YyyyyyyyyyY
        ...Ssssss..
        ...sssses..
        ...bbbsssS.
        ...bbbbbb..
        ....bbbb...
        """,
        y="f0d060",
        Y="c8a038",
        r="b85030",
        b="a0622c",
    )
    f.line(7, y + 9, 11, y + 12 + round(p.swing), "c84434", 2)
    f.box(11, y + 12 + round(p.swing), 12, y + 13 + round(p.swing), "f0c49c")


def scientist(f: Figure, p: Pose) -> None:
    """A scientist with wild grey hair, goggles, a white coat and a green flask."""
    y = 1 + p.bob
    flap = round(p.swing)
    f.arm(9, y + 9, 1.5 * p.swing, 6, "b8c0cc", "cf9468", factor=0.85)
    f.legs(p, 6, y + 16, "48505c", "2c2420", reach=3)
    f.stamp(
        4,
        y + 8,
        """
        ..wbbw..
        .wwbbww.
        .wwwbww.
        .wwwwWw.
        .wwwwWw.
        .wwwwWw.
        .wwwwWw.
        .wwwwWw.
        .wwwwWw.
        WWwwwWwW
        """,
        b="3c8cb8",
        W="c4ccd8",
    )
    f.row(3 - flap, 5, y + 17, "c4ccd8")
    f.stamp(
        2,
        y - 1,
        """
        h..hh.h....
        .hhhhhhh.h.
        hhhhhhhhh..
        .hhhhhhhhh.
        hhhhsssss..
        .hhkkkktt..
        .hhhssktts.
        h.hsssss...
        ...sshhh...
        ....sss....
        """,
        h="c8ccd4",
        t="40e0d0",
    )
    f.line(7, y + 9, 10, y + 12, "dce2ea", 2)
    f.box(11, y + 11, 12, y + 12, "f0c49c")
    f.stamp(
        11,
        y + 6,
        """
        .w.
        .w.
        .W.
        ggg
        gGg
        """,
        g="50e060",
        G="a8ffa0",
        W="c8f0d0",
    )


def robot(f: Figure, p: Pose) -> None:
    """A boxy robot with an antenna, one lit eye, a dial on its chest and piston legs."""
    y = 3 + p.bob
    glow = ("ff4030", "ffd040")[p.index % 2]
    f.line(6, y - 2, 6, y, "8c98a8")
    f.dot(6, y - 3, glow)
    f.dot(5, y - 2, glow)
    f.arm(10, y + 9, 2 * p.swing, 6, "5c6878", "e8a030", factor=0.8)
    for x, reach, lift, shade in ((9, -2 * p.swing, p.far, 0.65), (5, 2 * p.swing, p.near, 1.0)):
        at, foot = x + round(reach * 0.8), 23 - lift
        f.box(x, y + 14, x + 1, y + 16, "8c98a8", shade)
        f.line(x, y + 16, at, foot - 2, "5c6878", 2, shade)
        f.box(at - 1, foot - 1, at + 3, foot, "e8a030", shade)
    f.stamp(
        3,
        y,
        """
        mmmmmmmmm
        mMMMMMMMM
        mMkkkkkkk
        mMkkkccck
        mMkkkcckk
        mMMMMMMMM
        mMMDDDDDD
        .DDDDDDD.
        """,
        m="d0dae4",
        M="a4b2c2",
        D="66748a",
        c="40f0ff",
    )
    f.stamp(
        3,
        y + 8,
        """
        mMMMMMMMD
        mMMMMMMMD
        mMwwrMgMD
        mMwkwMMMD
        mMwwwMrMD
        mMMMMMMMD
        .DDDDDDD.
        """,
        m="d0dae4",
        M="8e9eb2",
        D="5c6a80",
        r="f04838",
        g="58e068",
    )
    f.arm(5, y + 9, -2 * p.swing, 6, "b4c0ce", "e8a030", cuff=2)


def chibi(f: Figure, p: Pose) -> None:
    """A tiny body under an enormous head with teal hair and huge eyes."""
    y = 4 + p.bob
    f.legs(p, 6, y + 16, "3c3c64", "f07c50", reach=2, boot=1)
    f.stamp(
        5,
        y + 13,
        """
        .oooo.
        ooooow
        ooOooo
        .OOOO.
        """,
        o="f07c50",
        O="b84c34",
    )
    f.stamp(
        1,
        y - 2,
        """
        .....tt........
        ....ttttttt....
        ..ttttttttttt..
        .tttTttttttttt.
        .ttTtttttTtttt.
        tttTttttTTtttt.
        ttttttttssTtss.
        ttttttsssssss..
        tttttssswkswk..
        ttttssssekseks.
        .tttsssstkstk..
        .ttttpsssssp...
        ..tttssssrss...
        ....tsssss.....
        """,
        t="38b8b0",
        T="248078",
        p="f49c94",
        r="c85050",
    )
    f.arm(6, y + 14, -2 * p.swing, 3, "f07c50", "f0c49c")


def dog(f: Figure, p: Pose) -> None:
    """A brown and white dog with a wagging tail and a red collar."""
    y = p.bob
    wag = (0, 1, 0, -1, 0, 1)[p.index % 6]
    for x, reach, lift, shade in (
        (4, -2 * p.swing, p.far, 0.62),
        (9, 2 * p.swing, p.near, 0.62),
        (3, 2 * p.swing, p.near, 1.0),
        (10, -2 * p.swing, p.far, 1.0),
    ):
        foot, at = 13 - lift, x + round(reach)
        f.line(x, 8 + y, at, foot, "a8682c", 2, shade)
        f.row(at, at + 2, foot, "f6f3ec", shade)
    f.line(3, 5 + y, 1, 2 + y + wag, "a8682c", 2)
    f.dot(1, 1 + y + wag, "f6f3ec")
    f.stamp(
        2,
        4 + y,
        """
        ..nnnnnnnn.
        .nnnnnnnnnn
        nnNNnnnnnnn
        nnNNnnnnnww
        .nnnnnwwwww
        ..NNwwww...
        """,
        n="c07c38",
        N="8c5424",
    )
    f.stamp(
        8,
        0 + y,
        """
        .N.nn..
        NNnnnn.
        NNnnen.
        NNnnnnnk
        NNwwwwww
        .rrwww.
        .rrr...
        """,
        n="c07c38",
        N="6a3c1c",
        r="e03c3c",
    )
