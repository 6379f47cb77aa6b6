package org.adjoint.kernels.ptx;

import java.util.List;
import org.adjoint.kernels.ptx.MemoryAccess.Place;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxType.Bank;

/**
 * Atomic operations on memory: atom and red. Lanes of a warp act in their order. A kernel whose
 * result depends on the order among blocks (floating additions, exchanges, results that are used)
 * runs its blocks one by one.
 */
final class Atomics {
  private Atomics() {}

  /** What an operation makes of the bits in memory and its operands. */
  private interface Operation {
    long apply(long old, long b, long c);
  }

  static void decode(Operands d, Code i) {
    boolean result = i.opcode().equals("atom");
    List<Operand> o = i.operands();
    int at = result ? 1 : 0;
    if (i.types().size() != 1 || o.size() < at + 2 || o.size() > at + 3) {
      throw i.refuse("the instruction", i.text(), "expected a type, an address and a value");
    }
    PtxType type = i.types().getFirst();
    if (type.bytes() < 4 || type == PtxType.F16X2 || type == PtxType.BF16X2) {
      throw i.refuse("the type", type, "the simulator knows atomics of 32 and 64 bits");
    }
    Operation operation = operation(i, type);
    boolean cas = i.has("cas");
    if (cas != (o.size() == at + 3)) {
      throw i.refuse("the number of operands", o.size(), "cas takes two values, others one");
    }
    int b = d.in(o.get(at + 1), type);
    int c = cas ? d.in(o.get(at + 2), type) : b;
    Place place = d.place(o.get(at), MemoryDecoder.space(i));
    int r = result ? d.out(o.getFirst(), type) : d.fresh(type.bank()).index();
    if (result || type.floating()) {
      d.dependsOnOrder();
    }
    d.emit(new Atomic(place, type.bank(), type.bytes(), operation, b, c, r));
  }

  private static Operation operation(Code i, PtxType type) {
    boolean wide = type.bytes() == 8;
    boolean signed = type.signed();
    for (String modifier : i.modifiers()) {
      switch (modifier) {
        case "add" -> {
          return switch (type) {
            case F32 ->
                (old, b, c) ->
                    Float.floatToRawIntBits(
                        Float.intBitsToFloat((int) old) + Float.intBitsToFloat((int) b));
            case F64 ->
                (old, b, c) ->
                    Double.doubleToRawLongBits(
                        Double.longBitsToDouble(old) + Double.longBitsToDouble(b));
            default -> (old, b, c) -> old + b;
          };
        }
        case "exch" -> {
          return (old, b, c) -> b;
        }
        case "cas" -> {
          return (old, b, c) -> old == b ? c : old;
        }
        case "and" -> {
          return (old, b, c) -> old & b;
        }
        case "or" -> {
          return (old, b, c) -> old | b;
        }
        case "xor" -> {
          return (old, b, c) -> old ^ b;
        }
        case "min" -> {
          return (old, b, c) -> less(old, b, signed, wide) ? old : b;
        }
        case "max" -> {
          return (old, b, c) -> less(old, b, signed, wide) ? b : old;
        }
        case "inc" -> {
          return (old, b, c) -> less(old, b, false, wide) ? old + 1 : 0;
        }
        case "dec" -> {
          return (old, b, c) -> old == 0 || less(b, old, false, wide) ? b : old - 1;
        }
        default -> {}
      }
    }
    throw i.refuse("the operation", i.text(), "expected add, min, max, and, or, xor, exch, cas …");
  }

  private static boolean less(long a, long b, boolean signed, boolean wide) {
    if (wide) {
      return signed ? a < b : Long.compareUnsigned(a, b) < 0;
    }
    return signed ? (int) a < (int) b : Integer.compareUnsigned((int) a, (int) b) < 0;
  }

  private static final class Atomic extends MemoryAccess {
    private final Bank bank;
    private final Operation operation;
    private final int b;
    private final int c;
    private final int r;

    Atomic(Place place, Bank bank, int bytes, Operation operation, int b, int c, int r) {
      super(place, bytes, true);
      this.bank = bank;
      this.operation = operation;
      this.b = b;
      this.c = c;
      this.r = r;
    }

    @Override
    void access(Warp w, int mask, Region region) {
      checkReadOnly(w, mask, region);
      checkWritten(w, mask, region);
      if (raced(w, region)) {
        region.races().write(w, mask, width(), true, w.clock(), this, region);
      }
      synchronized (region) {
        for (int rest = mask; rest != 0; rest &= rest - 1) {
          int lane = Integer.numberOfTrailingZeros(rest);
          int at = w.offsets[lane];
          long old =
              width() == 4
                  ? (int) Region.INTS.get(region.bytes, at) & 0xFFFFFFFFL
                  : (long) Region.LONGS.get(region.bytes, at);
          long value = operation.apply(old, bits(w, b, lane), bits(w, c, lane));
          if (width() == 4) {
            Region.INTS.set(region.bytes, at, (int) value);
          } else {
            Region.LONGS.set(region.bytes, at, value);
          }
          result(w, lane, old);
        }
      }
    }

    private long bits(Warp w, int slot, int lane) {
      return switch (bank) {
        case INT -> w.ints[slot][lane] & 0xFFFFFFFFL;
        case LONG -> w.longs[slot][lane];
        case FLOAT -> Float.floatToRawIntBits(w.floats[slot][lane]) & 0xFFFFFFFFL;
        case DOUBLE -> Double.doubleToRawLongBits(w.doubles[slot][lane]);
        case PRED -> throw new IllegalStateException("a predicate in memory");
      };
    }

    private void result(Warp w, int lane, long old) {
      switch (bank) {
        case INT -> w.ints[r][lane] = (int) old;
        case LONG -> w.longs[r][lane] = old;
        case FLOAT -> w.floats[r][lane] = Float.intBitsToFloat((int) old);
        case DOUBLE -> w.doubles[r][lane] = Double.longBitsToDouble(old);
        case PRED -> throw new IllegalStateException("a predicate in memory");
      }
    }
  }
}
