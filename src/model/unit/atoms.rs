//! The prefixes and atoms of UCUM 2.2 that are read, tables 1 to 21, with their definitions there.

/// UCUM's prefixes, decimal and binary: each is a power of a number.
pub(super) const PREFIXES: [(&str, u128, i8); 28] = [
    ("Q", 10, 30),
    ("R", 10, 27),
    ("Y", 10, 24),
    ("Z", 10, 21),
    ("E", 10, 18),
    ("P", 10, 15),
    ("T", 10, 12),
    ("G", 10, 9),
    ("M", 10, 6),
    ("k", 10, 3),
    ("h", 10, 2),
    ("da", 10, 1),
    ("d", 10, -1),
    ("c", 10, -2),
    ("m", 10, -3),
    ("u", 10, -6),
    ("n", 10, -9),
    ("p", 10, -12),
    ("f", 10, -15),
    ("a", 10, -18),
    ("z", 10, -21),
    ("y", 10, -24),
    ("r", 10, -27),
    ("q", 10, -30),
    ("Ki", 2, 10),
    ("Mi", 2, 20),
    ("Gi", 2, 30),
    ("Ti", 2, 40),
];

/// An atom that reporting uses.
pub(super) struct Atom {
    pub(super) code: &'static str,
    /// Whether it takes prefixes.
    pub(super) is_metric: bool,
    /// The UCUM term that it is equal to, of atoms further up; an atom that measures what no other
    /// does is defined as itself.
    pub(super) definition: &'static str,
}

const fn metric(code: &'static str, definition: &'static str) -> Atom {
    Atom { code, is_metric: true, definition }
}

const fn plain(code: &'static str, definition: &'static str) -> Atom {
    Atom { code, is_metric: false, definition }
}

/// The atoms that are read. UCUM's numbers stand as whole numbers and powers of ten.
pub(super) const ATOMS: [Atom; 108] = [
    // Base units, and degrees, whose scales begin elsewhere than that of the kelvin: no factor
    // leads from the one to the other.
    metric("m", "m"),
    metric("s", "s"),
    metric("g", "g"),
    metric("rad", "rad"),
    metric("K", "K"),
    metric("C", "C"),
    metric("cd", "cd"),
    metric("Cel", "Cel"),
    plain("[degF]", "[degF]"),
    // Without dimension.
    plain("%", "10*-2"),
    plain("[ppth]", "10*-3"),
    plain("[ppm]", "10*-6"),
    plain("[ppb]", "10*-9"),
    plain("[pptr]", "10*-12"),
    // To the precision of a double.
    plain("[pi]", "3141592653589793.10*-15"),
    // Derived units of the SI.
    metric("mol", "602214076.10*15"),
    metric("sr", "rad2"),
    metric("Hz", "s-1"),
    metric("N", "kg.m/s2"),
    metric("Pa", "N/m2"),
    metric("J", "N.m"),
    metric("W", "J/s"),
    metric("A", "C/s"),
    metric("V", "J/C"),
    metric("F", "C/V"),
    metric("Ohm", "V/A"),
    metric("S", "Ohm-1"),
    metric("Wb", "V.s"),
    metric("T", "Wb/m2"),
    metric("H", "Wb/A"),
    metric("lm", "cd.sr"),
    metric("lx", "lm/m2"),
    metric("Bq", "s-1"),
    metric("Gy", "J/kg"),
    metric("Sv", "J/kg"),
    // Beside the SI: angles, time, mass, volume, area, pressure, energy.
    plain("deg", "2.[pi].rad/360"),
    plain("'", "deg/60"),
    plain("''", "'/60"),
    plain("gon", "9.deg/10"),
    plain("min", "60.s"),
    plain("h", "60.min"),
    plain("d", "24.h"),
    plain("wk", "7.d"),
    plain("a_t", "36524219.10*-5.d"),
    plain("a_j", "36525.10*-2.d"),
    plain("a_g", "3652425.10*-4.d"),
    plain("a", "a_j"),
    plain("mo_s", "2953059.10*-5.d"),
    plain("mo_j", "a_j/12"),
    plain("mo_g", "a_g/12"),
    plain("mo", "mo_j"),
    metric("l", "dm3"),
    metric("L", "l"),
    metric("ar", "100.m2"),
    metric("t", "1000.kg"),
    metric("u", "166053906660.10*-35.g"),
    metric("bar", "10*5.Pa"),
    metric("eV", "1602176634.10*-28.C.V"),
    metric("pc", "3085678.10*10.m"),
    plain("AU", "149597870691.m"),
    metric("[ly]", "299792458.m/s.a_j"),
    metric("cal_th", "4184.10*-3.J"),
    metric("cal", "cal_th"),
    plain("atm", "101325.Pa"),
    metric("m[Hg]", "1333220.10*-4.kPa"),
    metric("[g]", "980665.10*-5.m/s2"),
    metric("Ci", "37.10*9.Bq"),
    metric("R", "258.10*-6.C/kg"),
    // 100 erg per gram.
    metric("RAD", "10*-2.Gy"),
    metric("REM", "RAD"),
    plain("[Btu]", "105435.10*-5.kJ"),
    // Customary units.
    plain("[in_i]", "254.10*-2.cm"),
    plain("[ft_i]", "12.[in_i]"),
    plain("[yd_i]", "3.[ft_i]"),
    plain("[mi_i]", "5280.[ft_i]"),
    plain("[nmi_i]", "1852.m"),
    plain("[kn_i]", "[nmi_i]/h"),
    plain("[fth_i]", "6.[ft_i]"),
    plain("[sin_i]", "[in_i]2"),
    plain("[sft_i]", "[ft_i]2"),
    plain("[syd_i]", "[yd_i]2"),
    plain("[cin_i]", "[in_i]3"),
    plain("[cft_i]", "[ft_i]3"),
    plain("[cyd_i]", "[yd_i]3"),
    // A mile of 5280 feet of 1200/3937 m, squared.
    plain("[smi_us]", "6336000.6336000.m2/3937/3937"),
    plain("[acr_us]", "[smi_us]/640"),
    // A yard of 36 inches of 2.539998 cm; 4840 of them squared.
    plain("[acr_br]", "4840.91439928.91439928.10*-16.m2"),
    plain("[gal_us]", "231.[in_i]3"),
    plain("[bbl_us]", "42.[gal_us]"),
    plain("[qt_us]", "[gal_us]/4"),
    plain("[pt_us]", "[qt_us]/2"),
    plain("[foz_us]", "[pt_us]/16"),
    plain("[bu_us]", "215042.10*-2.[in_i]3"),
    plain("[gal_br]", "454609.10*-5.l"),
    plain("[pt_br]", "[gal_br]/8"),
    // 7000 grains of 64.79891 mg.
    plain("[lb_av]", "7000.6479891.10*-5.mg"),
    plain("[oz_av]", "[lb_av]/16"),
    plain("[ston_av]", "2000.[lb_av]"),
    plain("[lton_av]", "2240.[lb_av]"),
    plain("[stone_av]", "14.[lb_av]"),
    // 480 grains.
    plain("[oz_tr]", "480.6479891.10*-5.mg"),
    plain("[lb_tr]", "12.[oz_tr]"),
    plain("[car_m]", "2.10*-1.g"),
    plain("[HP]", "550.[ft_i].[lb_av].[g]/s"),
    plain("[psi]", "[lb_av].[g]/[in_i]2"),
    // Information.
    metric("bit", "1"),
    metric("By", "8.bit"),
    metric("Bd", "/s"),
];
