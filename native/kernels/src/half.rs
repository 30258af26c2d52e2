//! Half floats to floats, in software for the portable tier and for single values.

/// The float that an IEEE half stands for.
pub fn from_f16(h: u16) -> f32 {
    let sign = ((h & 0x8000) as u32) << 16;
    let exponent = (h >> 10) & 0x1f;
    let fraction = (h & 0x3ff) as u32;
    match exponent {
        0 => {
            let magnitude = fraction as f32 * 2f32.powi(-24);
            if sign == 0 {
                magnitude
            } else {
                -magnitude
            }
        }
        31 => f32::from_bits(sign | 0x7f80_0000 | (fraction << 13)),
        _ => f32::from_bits(sign | ((exponent as u32 + 112) << 23) | (fraction << 13)),
    }
}

/// The nearest half, ties to even; too large ones are infinite.
pub fn to_f16(value: f32) -> u16 {
    let word = value.to_bits();
    let sign = ((word >> 16) & 0x8000) as u16;
    let magnitude = word & 0x7fff_ffff;
    if magnitude > 0x7f80_0000 {
        return sign | 0x7e00;
    }
    if magnitude >= 0x477f_f000 {
        return sign | 0x7c00;
    }
    if magnitude >= 0x3880_0000 {
        return sign | ((magnitude - 0x3800_0000 + 0xfff + ((magnitude >> 13) & 1)) >> 13) as u16;
    }
    let shift = 126 - (magnitude >> 23);
    if shift > 24 {
        return sign;
    }
    let fraction = (magnitude & 0x7f_ffff) | 0x80_0000;
    let (kept, rest, half) = (fraction >> shift, fraction & ((1 << shift) - 1), 1 << (shift - 1));
    sign | (kept + u32::from(rest > half || (rest == half && kept & 1 == 1))) as u16
}

/// -8 · h as a half, exactly where the exponent allows, infinite beyond.
pub fn minus_eight_times(h: u16) -> u16 {
    let sign = (h & 0x8000) ^ 0x8000;
    let exponent = (h >> 10) & 0x1f;
    let fraction = h & 0x3ff;
    if exponent == 0 {
        // Subnormal: times 8, normalised again if it grows past the fraction.
        let wide = (fraction as u32) << 3;
        if wide < 0x400 {
            return sign | wide as u16;
        }
        let shift = 31 - wide.leading_zeros() - 10;
        return sign | ((shift as u16 + 1) << 10) | ((wide >> shift) & 0x3ff) as u16;
    }
    if exponent == 31 {
        return sign | (h & 0x7fff);
    }
    if exponent + 3 >= 31 {
        return sign | 0x7c00;
    }
    sign | ((exponent + 3) << 10) | fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_comes_back_from_its_float() {
        for h in 0..=u16::MAX {
            let value = from_f16(h);
            assert!(value.is_nan() || to_f16(value) == h, "{h:#06x}");
        }
    }

    #[test]
    fn halves_round_to_even() {
        assert_eq!(to_f16(1.0 + 2f32.powi(-11)), 0x3c00);
        assert_eq!(to_f16(1.0 + 3.0 * 2f32.powi(-11)), 0x3c02);
        assert_eq!(to_f16(65520.0), 0x7c00);
        assert_eq!(to_f16(2f32.powi(-25)), 0);
    }

    #[test]
    fn minus_eight_is_exact_for_every_half_that_has_room() {
        for h in 0..=u16::MAX {
            let value = from_f16(h);
            let expected = -8.0 * value;
            if value.is_finite() && expected.abs() <= 65504.0 {
                assert_eq!(from_f16(minus_eight_times(h)), expected, "{h:#06x}");
            }
        }
    }
}
