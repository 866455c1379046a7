"""Knights, rogues, cowboys and other people of tales."""

from __future__ import annotations

from .figure import Figure, Pose


def clown(f: Figure, p: Pose) -> None:
    """A clown with orange tufts, a red nose, a ruff, a spotted suit and huge shoes."""
    y = 2 + p.bob
    f.arm(10, y + 10, 2.4 * p.swing, 5, "3cb8e0", "f6f3ec", factor=0.8)
    f.legs(p, 5, y + 15, "f4d040", "e03030", reach=2.6, toe=3, boot=2, width=3)
    f.stamp(
        3,
        y + 8,
        """
        .wpwpwpw..
        ..yyybbb..
        .yyryybbb.
        .yyyyybpb.
        .yyyrybbb.
        .yryyybpb.
        .yyyyybbb.
        ..yyyybb..
        """,
        y="f4d040",
        b="3cb8e0",
        r="e03030",
        p="f08cc0",
    )
    f.stamp(
        2,
        y - 2,
        """
        .....gg.....
        ....gggg....
        ...GgggggG..
        .oo.wwww....
        ooowwwwww...
        oooowwewww..
        oooowwewwrr.
        .ooowwwwwrr.
        .oo.wrrrw...
        ....wwww....
        """,
        o="f47c20",
        r="e82c2c",
        g="8040c8",
        G="f4d040",
    )
    f.arm(6, y + 10, -2.6 * p.swing, 5, "f4d040", "f6f3ec", cuff=2)


def cowboy(f: Figure, p: Pose) -> None:
    """A cowboy in a wide brown hat, red neckerchief, waistcoat and holster."""
    y = 2 + p.bob
    f.arm(9, y + 10, 2.4 * p.swing, 5, "a8b8d0", "cf9468", factor=0.8)
    f.legs(p, 6, y + 14, "4468a8", "7a4420", reach=3.4, boot=3)
    f.stamp(
        4,
        y + 8,
        """
        ..rrrrr.
        .nwrrrn.
        .nnwwnn.
        .nnwwnn.
        .nnwwnn.
        .kkkykk.
        .bbbbbb.
        """,
        r="d8342c",
        n="8c5428",
        b="4468a8",
        y="f4d458",
    )
    f.stamp(
        2,
        y - 2,
        """
        ....nn.nn...
        ...nnnnnnn..
        ...nnnnnnn..
        n..NNNNNNN.n
        nnnnnnnnnnnn
        .nnnnnnnnnn.
        ...hssssss..
        ...hssses...
        ...sssses...
        ...sssSSS...
        ....sss.....
        """,
        n="a8703c",
        N="5c341c",
        h="5c341c",
    )
    f.arm(6, y + 10, -2.4 * p.swing, 5, "c8d4e8", "f0c49c")
    f.stamp(
        5,
        y + 14,
        """
        NN
        NN
        .m
        """,
        N="5c341c",
        m="b8c0c8",
    )


def cowboy_2(f: Figure, p: Pose) -> None:
    """An old gunslinger in a black hat and a striped poncho, a cigar under his moustache."""
    y = 2 + p.bob
    flap = round(p.swing)
    f.legs(p, 6, y + 15, "4c4038", "241c18", reach=3, boot=3)
    f.stamp(
        2,
        y + 8,
        """
        ...ggggg....
        ..ggrrrggg..
        .ggggggggg..
        .wwwwwwwwww.
        gggggggggggg
        grgrgrgrgrgr
        gggggggggggg
        .gg.gg.gg.gg
        """,
        g="5c7c4c",
        r="c84c30",
        w="e8dcb8",
    )
    f.dot(2 - flap, y + 14, "5c7c4c")
    f.stamp(
        2,
        y - 1,
        """
        ...kkkkkk...
        ..kkkkkkkk..
        ..rrrrrrrr..
        kkkkkkkkkkkkk
        ...hSssss...
        ...hsssess..
        ...hsshhhh..
        ...hhhshh.nf
        ....hsss....
        """,
        k="2a2830",
        r="a8843c",
        h="e4e0d8",
        n="7a4c28",
        f="ff8030",
    )


def man_in_plate(f: Figure, p: Pose, y: int, metal: str, mid: str, dark: str, trim: str) -> None:
    """Draw plate armour from the neck down: the body of the knights."""
    f.arm(9, y + 9, 2 * p.swing, 6, mid, dark, factor=0.75)
    f.legs(p, 6, y + 15, mid, dark, reach=2.8, boot=2, width=2)
    f.stamp(
        4,
        y + 8,
        """
        .mmmmmm.
        mmMMMMmm
        .mMttMMD
        .mMttMD.
        .mMMMMD.
        .DDDDDD.
        .MtMtMt.
        .MDMDMD.
        """,
        m=metal,
        M=mid,
        D=dark,
        t=trim,
    )


def knight(f: Figure, p: Pose) -> None:
    """A knight in bright plate with a blue plume, a kite shield and a drawn sword."""
    y = 2 + p.bob
    f.line(13, y + 4, 13, y + 12, "e8eef4")
    f.row(12, 14, y + 12, "e0b040")
    f.dot(13, y + 13, "6a4424")
    man_in_plate(f, p, y, "e4eaf0", "b0bcc8", "707c8c", "e0b040")
    f.line(9, y + 9, 12, y + 13, "b0bcc8", 2)
    f.stamp(
        2,
        y - 1,
        """
        .bb.......
        bbbbmmm...
        bbbmmmmmm.
        Bb.mMMMMM.
        B..mMMMMM.
        ...mkkkkk.
        ...mMMDMD.
        ...mMMDMD.
        ....mMMD..
        """,
        m="f0f4f8",
        M="b8c4d0",
        D="707c8c",
        b="3474e0",
        B="2450a8",
    )
    f.stamp(
        3,
        y + 9,
        """
        bbbbb
        bbwbb
        bwwwb
        bbwbb
        bbwbb
        .bbb.
        ..b..
        """,
        b="2c5cc0",
    )


def dark_knight(f: Figure, p: Pose) -> None:
    """A black knight with a red plume and glowing visor, holding up a blood-red greatsword."""
    y = 2 + p.bob
    tip = round(0.8 * p.swing)
    f.line(11, y + 12, 13 + tip, y, "8c94a8", 2)
    f.line(11, y + 12, 13 + tip, y, "e04050")
    man_in_plate(f, p, y, "5a5c70", "3a3c4c", "24242e", "b82030")
    f.stamp(
        3,
        y - 1,
        """
        ..rrr.....
        .rrrrrr...
        rrr.mmm...
        rr.mMMMm..
        rr.MMMMMM.
        .r.MMffff.
        ...MMMMMM.
        ...MMDMDM.
        ....MMMM..
        """,
        m="6c6e84",
        M="3e4052",
        D="1c1c26",
        r="d82838",
        f="ff5040",
    )
    f.line(8, y + 9, 10, y + 11, "5a5c70", 2)
    f.row(9, 13, y + 12, "d8a838")
    f.line(10, y + 13, 10, y + 14, "6a4424")


def dark_knight_2(f: Figure, p: Pose) -> None:
    """A horned knight in violet cape and dark steel, with a spiked mace."""
    y = 3 + p.bob
    wave = (0, 1, 1, 0, 1, 1)[p.index % 6]
    f.stamp(
        1 - (wave if wave else 0) + 1,
        y + 8,
        """
        ..PPPP
        ..PPPP
        .PPPPP
        .PPPPP
        .PpPPP
        PPpPPP
        PPpPPP
        PpPPPP
        PpPPP.
        P.PP..
        """,
        P="6a2ca0",
        p="8c48c8",
    )
    f.legs(p, 6, y + 14, "3c4858", "20262e", reach=2.6, boot=3, width=2)
    f.stamp(
        4,
        y + 8,
        """
        .pmmmmp.
        .mMMMMm.
        .mMyMMD.
        .mMMMMD.
        .DDyDDD.
        .MDMDMD.
        .D.D.D..
        """,
        m="7c8ca0",
        M="4c5a6c",
        D="2c343e",
        p="8c48c8",
        y="e8c040",
    )
    f.stamp(
        2,
        y - 3,
        """
        h.........h
        hh.......hh
        .hh.mmm.hh.
        ..hmMMMmh..
        ...mMMMMM..
        ...MMMMMM..
        ...MkggkM..
        ...MMMDMM..
        ...MMDMDM..
        ....MMMM...
        """,
        h="e8dcc0",
        m="8c9cb0",
        M="4c5a6c",
        D="20262e",
        g="60ff80",
    )
    hand = f.arm(8, y + 9, 1.6 - 1.4 * p.swing, 5, "7c8ca0", "2c343e")
    f.line(hand[0] + 1, hand[1], 12, y + 10, "8c6030")
    f.stamp(
        11,
        y + 6,
        """
        .m.m
        mMMm
        .MDM
        mMMm
        """,
        m="c0c8d4",
        M="8c96a4",
        D="5c6470",
    )


def elf(f: Figure, p: Pose) -> None:
    """An elf with a feathered green cap, long ears, fair hair and a bow."""
    y = 2 + p.bob
    f.stamp(
        1,
        y + 6,
        """
        .n
        nn
        n.
        n.
        n.
        n.
        n.
        n.
        nn
        .n
        """,
        n="a06c34",
    )
    f.line(3, y + 6, 3, y + 15, "e8e4d8")
    f.arm(9, y + 9, 2 * p.swing, 5, "2c6c34", "cf9468", factor=0.8)
    f.legs(p, 6, y + 14, "c8b888", "6a4a28", reach=3.2, boot=4)
    f.stamp(
        4,
        y + 8,
        """
        ..gggg..
        .ggGggg.
        .ggGggg.
        .nnnynn.
        .gggggg.
        gggGgggg
        .g.gg.g.
        """,
        g="4ca848",
        G="2c7434",
        n="7a4c28",
        y="f0d060",
    )
    f.stamp(
        2,
        y - 1,
        """
        rr...ggg...
        .rrggggggg.
        ...gggggggg
        ...hhhhhhh.
        .s.hhsssss.
        .sshhssess.
        ..sshssess.
        ...hhsssS..
        ...hhhss...
        ...hh......
        """,
        g="3c9440",
        h="f8e080",
        r="e04838",
    )
    f.arm(6, y + 9, -2.4 * p.swing, 5, "5cbc54", "f0c49c")


def spy(f: Figure, p: Pose) -> None:
    """A spy in fedora, dark glasses and a belted trench coat with turned-up collar."""
    y = 1 + p.bob
    tail = round(p.swing)
    f.arm(9, y + 9, 2 * p.swing, 7, "8c7850", "28242c", factor=0.85)
    f.legs(p, 6, y + 17, "2c2c38", "18161c", reach=3.2)
    f.stamp(
        4,
        y + 8,
        """
        .tttttt.
        .ttTttT.
        .tttTtt.
        .ttTttT.
        .kkkyk..
        .tttTtt.
        .tttTtt.
        .tttTtt.
        tttTtttt
        ttttTttt
        """,
        t="c8ac78",
        T="98804c",
        y="f0d060",
    )
    f.row(3 - (tail < 0), 4, y + 17, "c8ac78")
    f.dot(11 + (tail > 0), y + 17, "c8ac78")
    f.stamp(
        2,
        y - 1,
        """
        ....kkkkk..
        ...kkkkkkk.
        ...kkkkkkk.
        ...rrrrrrr.
        .kkkkkkkkkkk
        ...hssssss.
        ...hskkkkk.
        ..tt.sskks.
        ..tttssssS.
        ...ttttss..
        """,
        k="3a3644",
        r="7c2c34",
        h="3a2c24",
        t="b89860",
    )
    f.arm(6, y + 9, -2.2 * p.swing, 7, "d8bc88", "3a3644", cuff=2)


def thief(f: Figure, p: Pose) -> None:
    """A burglar in a flat cap, eye mask and hooped jersey with a bulging sack."""
    y = 3 + p.bob
    jog = round(p.swing)
    f.stamp(
        0,
        y + 5 + (jog > 0),
        """
        ...bbB...
        .bbbbbB..
        bbbbbbbB.
        bbByyybB.
        bbbbybbB.
        bbbyyybB.
        .bbbbbB..
        ..BBBB...
        """,
        b="c8a064",
        B="8c6838",
        y="4c6c34",
    )
    f.legs(p, 7, y + 14, "303844", "181418", reach=3.6)
    f.stamp(
        5,
        y + 8,
        """
        .wwww..
        wwwwww.
        kkkkkk.
        wwwwww.
        kkkkkk.
        wwwwww.
        .gggg..
        """,
        k="22202a",
        g="303844",
    )
    f.stamp(
        4,
        y,
        """
        ..kkkkk..
        .kkkkkkk.
        .kkkkkkkkk
        .kkkkkkk.
        .hkkkkkk.
        .hkkkwkw.
        ..ssssssS
        ..sSSSS..
        ...ssS...
        """,
        k="2e2c38",
        h="4a3020",
    )
    f.line(9, y + 9, 6, y + 7, "f6f3ec", 2)
    f.arm(8, y + 9, -2.6 * p.swing, 5, "d8d4cc", "f0c49c")


def warrior(f: Figure, p: Pose) -> None:
    """A bare-chested barbarian with a red mane, fur boots and a double axe."""
    y = 2 + p.bob
    skin, deep = "d89860", "a86c3c"
    f.line(13, y + 2, 13, y + 16, "7a4c28")
    f.stamp(
        11,
        y + 1,
        """
        m.n.m
        mmnmm
        mMnMm
        mmnmm
        m.n.m
        """,
        m="d0d8e0",
        M="98a4b0",
        n="7a4c28",
    )
    f.legs(p, 5, y + 14, skin, "8c6c4c", reach=3.2, boot=4, width=3, toe=1)
    f.stamp(
        3,
        y + 7,
        """
        ..SssssS..
        .sssssSss.
        .ssssSsss.
        .sSsssSss.
        ..ssssss..
        ..nnynn...
        .fffffff..
        .f.ff.ff..
        """,
        s=skin,
        S=deep,
        n="5c3820",
        y="f0d060",
        f="9c7850",
    )
    f.stamp(
        2,
        y - 1,
        """
        ...rrrrr..
        .rrrrrrrr.
        .rrrrrrrr.
        rryyyyyyy.
        rrrrssss..
        rrrssses..
        rrrsssss.
        rrrrrSss..
        .rr.rr....
        .r........
        """,
        r="c83c1c",
        y="f0c848",
        s=skin,
        S=deep,
    )
    f.line(5, y + 8, 7, y + 11, skin, 3)
    f.line(8, y + 11 + round(0.7 * p.swing), 12, y + 10 + round(0.7 * p.swing), skin, 2)
    f.box(12, y + 10 + round(0.7 * p.swing), 13, y + 11 + round(0.7 * p.swing), deep)
