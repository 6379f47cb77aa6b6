package org.adjoint.kernels.ptx;

import org.adjoint.kernels.ptx.Lanewise.ToDouble;
import org.adjoint.kernels.ptx.Lanewise.ToFloat;
import org.adjoint.kernels.ptx.Lanewise.ToInt;
import org.adjoint.kernels.ptx.Lanewise.ToLong;
import org.adjoint.kernels.ptx.Lanewise.ToPredicate;
import org.adjoint.kernels.ptx.Program.Slot;
import org.adjoint.kernels.ptx.PtxType.Bank;

/** Moves of bits between slots, within a bank and from one to another. */
final class Moves {
  private static final int LANES = Instruction.LANES;

  private Moves() {}

  static Instruction copy(Bank bank, int target, int source) {
    return switch (bank) {
      case PRED -> new ToPredicate(target, w -> w.preds[source]);
      case INT -> new ToInt(target, (w, d) -> System.arraycopy(w.ints[source], 0, d, 0, LANES));
      case LONG -> new ToLong(target, (w, d) -> System.arraycopy(w.longs[source], 0, d, 0, LANES));
      case FLOAT ->
          new ToFloat(target, (w, d) -> System.arraycopy(w.floats[source], 0, d, 0, LANES));
      case DOUBLE ->
          new ToDouble(target, (w, d) -> System.arraycopy(w.doubles[source], 0, d, 0, LANES));
    };
  }

  /** Returns a slot of another bank with the same bits; the slot itself if it is in that bank. */
  static int between(Operands d, Bank from, int slot, Bank to) {
    if (from == to) {
      return slot;
    }
    int target = d.fresh(to).index();
    d.emit(bits(d, from, slot, to, target));
    return target;
  }

  private static Instruction bits(Operands d, Bank from, int slot, Bank to, int target) {
    return switch (to) {
      case INT ->
          switch (from) {
            case FLOAT ->
                new ToInt(
                    target,
                    (w, t) -> {
                      float[] a = w.floats[slot];
                      for (int i = 0; i < LANES; i++) {
                        t[i] = Float.floatToRawIntBits(a[i]);
                      }
                    });
            case LONG ->
                new ToInt(
                    target,
                    (w, t) -> {
                      long[] a = w.longs[slot];
                      for (int i = 0; i < LANES; i++) {
                        t[i] = (int) a[i];
                      }
                    });
            default -> odd(d);
          };
      case FLOAT ->
          switch (from) {
            case INT ->
                new ToFloat(
                    target,
                    (w, t) -> {
                      int[] a = w.ints[slot];
                      for (int i = 0; i < LANES; i++) {
                        t[i] = Float.intBitsToFloat(a[i]);
                      }
                    });
            default -> odd(d);
          };
      case LONG ->
          switch (from) {
            case DOUBLE ->
                new ToLong(
                    target,
                    (w, t) -> {
                      double[] a = w.doubles[slot];
                      for (int i = 0; i < LANES; i++) {
                        t[i] = Double.doubleToRawLongBits(a[i]);
                      }
                    });
            case INT -> widened(target, slot);
            default -> odd(d);
          };
      case DOUBLE ->
          switch (from) {
            case LONG ->
                new ToDouble(
                    target,
                    (w, t) -> {
                      long[] a = w.longs[slot];
                      for (int i = 0; i < LANES; i++) {
                        t[i] = Double.longBitsToDouble(a[i]);
                      }
                    });
            default -> odd(d);
          };
      case PRED -> odd(d);
    };
  }

  private static Instruction odd(Operands d) {
    throw d.here().refuse("the operands of '" + d.here().text() + "'", "of unlike sizes", "cvt");
  }

  private static Instruction widened(int target, int slot) {
    return new ToLong(
        target,
        (w, t) -> {
          int[] a = w.ints[slot];
          for (int i = 0; i < LANES; i++) {
            t[i] = a[i] & 0xFFFFFFFFL;
          }
        });
  }

  /** Returns a slot of 64 bits with the unsigned value of one of 32. */
  static int zeroExtended(Operands d, int slot) {
    int target = d.fresh(Bank.LONG).index();
    d.emit(widened(target, slot));
    return target;
  }

  static int lowHalf(Operands d, int slot) {
    return between(d, Bank.LONG, slot, Bank.INT);
  }

  /** Returns a slot with the signed value of 16 bits. */
  static int signExtended(Operands d, int slot) {
    int target = d.fresh(Bank.INT).index();
    d.emit(
        new ToInt(
            target,
            (w, t) -> {
              int[] a = w.ints[slot];
              for (int i = 0; i < LANES; i++) {
                t[i] = (short) a[i];
              }
            }));
    return target;
  }

  /** Returns a slot with a constant added. */
  static int plus(Operands d, int slot, long offset) {
    if (offset == 0) {
      return slot;
    }
    int target = d.fresh(Bank.LONG).index();
    d.emit(
        new ToLong(
            target,
            (w, t) -> {
              long[] a = w.longs[slot];
              for (int i = 0; i < LANES; i++) {
                t[i] = a[i] + offset;
              }
            }));
    return target;
  }

  /** Puts a result into its register: of another bank, wider, or of 16 bits. */
  static void into(Operands d, Slot target, boolean narrow, PtxType type, int source) {
    int slot = target.index();
    if (narrow) {
      d.emit(
          new ToInt(
              slot,
              (w, t) -> {
                int[] a = w.ints[source];
                for (int i = 0; i < LANES; i++) {
                  t[i] = a[i] & 0xFFFF;
                }
              }));
    } else if (target.bank() == Bank.LONG && type.bank() == Bank.INT && type.signed()) {
      d.emit(
          new ToLong(
              slot,
              (w, t) -> {
                int[] a = w.ints[source];
                for (int i = 0; i < LANES; i++) {
                  t[i] = a[i];
                }
              }));
    } else {
      d.emit(bits(d, type.bank(), source, target.bank(), slot));
    }
  }
}
