package org.adjoint.kernels.ptx;

import java.util.List;
import org.adjoint.kernels.ptx.Lanewise.ToDouble;
import org.adjoint.kernels.ptx.Lanewise.ToFloat;
import org.adjoint.kernels.ptx.Lanewise.ToInt;
import org.adjoint.kernels.ptx.Lanewise.ToLong;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxType.Bank;

/**
 * Decodes cvt. The value passes through the widest number of its kind, a long or a double, which
 * holds each source exactly, and is rounded once into the result.
 */
final class ConvertDecoder {
  private static final int LANES = Instruction.LANES;

  private ConvertDecoder() {}

  static void decode(Operands d, Code i) {
    List<PtxType> types = i.types();
    if (types.size() == 2 && i.operands().size() == 3) {
      packed(d, i, types.get(0));
      return;
    }
    if (types.size() != 2 || i.operands().size() != 2) {
      throw i.refuse("the conversion", i.text(), "expected cvt.to.from d, a");
    }
    PtxType to = types.get(0);
    PtxType from = types.get(1);
    Operand target = i.operands().get(0);
    int a = d.in(i.operands().get(1), from, true);
    if (from.floating() && to.floating()) {
      floating(d, i, from, to, a, target);
    } else if (from.floating()) {
      toInteger(d, i, to, doubles(d, i, from, a), target);
    } else if (to.floating()) {
      toFloating(d, i, from, to, a, target);
    } else {
      integers(d, i, from, to, a, target);
    }
  }

  /** Returns a slot of doubles with the exact value of a float. */
  private static int doubles(Operands d, Code i, PtxType from, int a) {
    if (from == PtxType.F64) {
      return a;
    }
    int r = d.fresh(Bank.DOUBLE).index();
    d.emit(
        switch (from) {
          case F32 ->
              new ToDouble(
                  r,
                  (w, t) -> {
                    float[] x = w.floats[a];
                    for (int l = 0; l < LANES; l++) {
                      t[l] = x[l];
                    }
                  });
          case F16 ->
              new ToDouble(
                  r,
                  (w, t) -> {
                    for (int l = 0; l < LANES; l++) {
                      t[l] = Float.float16ToFloat((short) w.ints[a][l]);
                    }
                  });
          case BF16 ->
              new ToDouble(
                  r,
                  (w, t) -> {
                    for (int l = 0; l < LANES; l++) {
                      t[l] = Float.intBitsToFloat(w.ints[a][l] << 16);
                    }
                  });
          default -> throw i.refuse("the type", from, "the simulator does not convert it");
        });
    return r;
  }

  private static void floating(
      Operands d, Code i, PtxType from, PtxType to, int a, Operand target) {
    int x = doubles(d, i, from, a);
    boolean clamp = i.has("sat");
    int integral = rounded(d, i, x);
    int value = integral;
    if (clamp) {
      value = d.fresh(Bank.DOUBLE).index();
      d.emit(
          new ToDouble(
              value,
              (w, t) -> {
                for (int l = 0; l < LANES; l++) {
                  double v = w.doubles[integral][l];
                  t[l] = v > 0 ? Math.min(v, 1) : 0;
                }
              }));
    }
    boolean zero = i.has("rz");
    if (i.has("rm") || i.has("rp")) {
      throw i.refuse("the rounding", i.text(), "the simulator rounds to nearest or towards zero");
    }
    narrow(d, i, to, value, zero, i.has("relu"), d.out(target, to));
  }

  /** Rounds to an integral value where .rni, .rzi, .rmi or .rpi says so. */
  private static int rounded(Operands d, Code i, int x) {
    boolean nearest = i.has("rni");
    boolean zero = i.has("rzi");
    boolean down = i.has("rmi");
    if (!nearest && !zero && !down && !i.has("rpi")) {
      return x;
    }
    int r = d.fresh(Bank.DOUBLE).index();
    d.emit(
        new ToDouble(
            r,
            (w, t) -> {
              for (int l = 0; l < LANES; l++) {
                double v = w.doubles[x][l];
                t[l] =
                    nearest ? Math.rint(v) : down || (zero && v > 0) ? Math.floor(v) : Math.ceil(v);
              }
            }));
    return r;
  }

  /** Rounds doubles into a float type, once. */
  private static void narrow(
      Operands d, Code i, PtxType to, int x, boolean zero, boolean relu, int r) {
    switch (to) {
      case F64 -> d.move(Bank.DOUBLE, r, x);
      case F32 ->
          d.emit(
              new ToFloat(
                  r,
                  (w, t) -> {
                    for (int l = 0; l < LANES; l++) {
                      t[l] = Halves.toFloat(w.doubles[x][l], zero);
                    }
                  }));
      case F16, BF16, TF32 -> {
        boolean away = i.has("rna");
        d.emit(
            new ToInt(
                r,
                (w, t) -> {
                  for (int l = 0; l < LANES; l++) {
                    double v = relu && w.doubles[x][l] <= 0 ? 0 : w.doubles[x][l];
                    t[l] = away ? Halves.tiesAway(v) : Halves.narrow(to, v, zero);
                  }
                }));
      }
      default -> throw i.refuse("the type", to, "the simulator does not convert to it");
    }
  }

  /** {@code cvt.rn.bf16x2.f32 d, a, b}: a into the upper half, b into the lower. */
  private static void packed(Operands d, Code i, PtxType to) {
    PtxType half =
        switch (to) {
          case F16X2 -> PtxType.F16;
          case BF16X2 -> PtxType.BF16;
          default -> throw i.refuse("the conversion", i.text(), "expected f16x2 or bf16x2");
        };
    int a = d.in(i.operands().get(1), PtxType.F32);
    int b = d.in(i.operands().get(2), PtxType.F32);
    boolean zero = i.has("rz");
    boolean relu = i.has("relu");
    int r = d.out(i.operands().getFirst(), to);
    d.emit(
        new ToInt(
            r,
            (w, t) -> {
              for (int l = 0; l < LANES; l++) {
                float x = w.floats[a][l];
                float y = w.floats[b][l];
                int high = Halves.narrow(half, relu && x <= 0 ? 0 : x, zero);
                int low = Halves.narrow(half, relu && y <= 0 ? 0 : y, zero);
                t[l] = high << 16 | low;
              }
            }));
  }

  /** Clamps to the range of the type; NaN gives 0. */
  private static void toInteger(Operands d, Code i, PtxType to, int x, Operand target) {
    int v = rounded(d, i, x);
    if (v == x) {
      throw i.refuse("the conversion", i.text(), "say how it rounds: .rni, .rzi, .rmi or .rpi");
    }
    int r = d.out(target, to, true);
    boolean signed = to.signed();
    if (to.bank() == Bank.LONG) {
      d.emit(
          new ToLong(
              r,
              (w, t) -> {
                for (int l = 0; l < LANES; l++) {
                  double y = w.doubles[v][l];
                  t[l] = signed ? (long) y : unsigned(y);
                }
              }));
      return;
    }
    int bits = 8 * to.bytes();
    long low = signed ? -(1L << (bits - 1)) : 0;
    long high = signed ? (1L << (bits - 1)) - 1 : (1L << bits) - 1;
    d.emit(
        new ToInt(
            r,
            (w, t) -> {
              double[] y = w.doubles[v];
              for (int l = 0; l < LANES; l++) {
                t[l] = (int) Math.clamp((long) y[l], low, high);
              }
            }));
  }

  private static long unsigned(double y) {
    if (!(y > 0)) {
      return 0;
    }
    return y < 0x1p63 ? (long) y : y < 0x1p64 ? (long) (y - 0x1p63) + Long.MIN_VALUE : -1;
  }

  /** Returns a slot of longs with the value of an integer. */
  private static int longs(Operands d, PtxType from, int a) {
    if (from.bank() == Bank.LONG) {
      return a;
    }
    int r = d.fresh(Bank.LONG).index();
    int unused = 64 - 8 * from.bytes();
    boolean signed = from.signed();
    d.emit(
        new ToLong(
            r,
            (w, t) -> {
              int[] x = w.ints[a];
              for (int l = 0; l < LANES; l++) {
                long v = (long) x[l] << unused;
                t[l] = signed ? v >> unused : v >>> unused;
              }
            }));
    return r;
  }

  private static void toFloating(
      Operands d, Code i, PtxType from, PtxType to, int a, Operand target) {
    if (!i.has("rn") && !i.has("rz")) {
      throw i.refuse("the conversion", i.text(), "say how it rounds: .rn");
    }
    if (i.has("rz")) {
      throw i.refuse("the rounding", "rz", "the simulator rounds integers to nearest");
    }
    int x = longs(d, from, a);
    boolean unsigned = from.bytes() == 8 && !from.signed();
    int r = d.out(target, to);
    switch (to) {
      case F32 ->
          d.emit(
              new ToFloat(
                  r,
                  (w, t) -> {
                    long[] v = w.longs[x];
                    for (int l = 0; l < LANES; l++) {
                      t[l] = unsigned && v[l] < 0 ? 2f * (v[l] >>> 1 | v[l] & 1) : v[l];
                    }
                  }));
      case F64 ->
          d.emit(
              new ToDouble(
                  r,
                  (w, t) -> {
                    long[] v = w.longs[x];
                    for (int l = 0; l < LANES; l++) {
                      t[l] = unsigned && v[l] < 0 ? 2.0 * (v[l] >>> 1 | v[l] & 1) : v[l];
                    }
                  }));
      default -> throw i.refuse("the type", to, "the simulator converts integers to f32 and f64");
    }
  }

  private static void integers(
      Operands d, Code i, PtxType from, PtxType to, int a, Operand target) {
    boolean clamp = i.has("sat");
    int x = longs(d, from, a);
    int bits = 8 * to.bytes();
    long low = to.signed() ? -1L << (bits - 1) : 0;
    long high = to.signed() ? ~(-1L << (bits - 1)) : bits == 64 ? Long.MAX_VALUE : (1L << bits) - 1;
    boolean huge = from == PtxType.U64;
    int v = x;
    if (clamp) {
      v = d.fresh(Bank.LONG).index();
      d.emit(
          new ToLong(
              v,
              (w, t) -> {
                for (int l = 0; l < LANES; l++) {
                  long y = w.longs[x][l];
                  t[l] = huge && y < 0 ? high : Math.clamp(y, low, high);
                }
              }));
    }
    int value = v;
    int r = d.out(target, to, true);
    if (to.bank() == Bank.LONG) {
      d.move(Bank.LONG, r, value);
      return;
    }
    int unused = 32 - bits;
    boolean signed = to.signed();
    d.emit(
        new ToInt(
            r,
            (w, t) -> {
              long[] y = w.longs[value];
              for (int l = 0; l < LANES; l++) {
                int n = (int) y[l] << unused;
                t[l] = signed ? n >> unused : n >>> unused;
              }
            }));
  }
}
