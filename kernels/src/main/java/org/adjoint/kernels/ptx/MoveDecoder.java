package org.adjoint.kernels.ptx;

import java.util.List;
import org.adjoint.kernels.ptx.Lanewise.ToInt;
import org.adjoint.kernels.ptx.Lanewise.ToLong;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxSyntax.Vector;
import org.adjoint.kernels.ptx.PtxType.Bank;

/** Decodes mov, with the packing and unpacking of vectors, and cvta. */
final class MoveDecoder {
  private static final int LANES = Instruction.LANES;

  private MoveDecoder() {}

  static boolean decode(Operands d, Code i) {
    switch (i.opcode()) {
      case "mov" -> mov(d, i);
      case "cvta" -> cvta(d, i);
      default -> {} // A hint: prefetch, nanosleep.
    }
    return true;
  }

  private static void mov(Operands d, Code i) {
    if (i.types().size() != 1 || i.operands().size() != 2) {
      throw i.refuse("the instruction", i.text(), "expected mov.type d, a");
    }
    PtxType type = i.types().getFirst();
    Operand target = i.operands().get(0);
    Operand source = i.operands().get(1);
    if (source instanceof Vector(List<Operand> parts)) {
      pack(d, i, type, parts, target);
    } else if (target instanceof Vector(List<Operand> parts)) {
      unpack(d, i, type, source, parts);
    } else {
      int from = d.in(source, type);
      int to = d.out(target, type);
      d.move(type.bank(), to, from);
    }
  }

  /** Returns the type of one of the parts into which a type falls. */
  private static PtxType part(Code i, PtxType type, int parts) {
    int bytes = parts == 0 ? 0 : type.bytes() / parts;
    return switch (bytes) {
      case 2 -> PtxType.B16;
      case 4 -> PtxType.B32;
      default -> throw i.refuse("the number of parts", parts, "parts have 16 or 32 bits");
    };
  }

  private static void pack(Operands d, Code i, PtxType type, List<Operand> parts, Operand target) {
    PtxType part = part(i, type, parts.size());
    int[] slots = parts.stream().mapToInt(o -> d.in(o, part)).toArray();
    int bits = 8 * part.bytes();
    long mask = (1L << bits) - 1;
    if (type.bytes() == 8) {
      int r = d.out(target, PtxType.B64);
      d.emit(
          new ToLong(
              r,
              (w, t) -> {
                for (int l = 0; l < LANES; l++) {
                  long value = 0;
                  for (int p = 0; p < slots.length; p++) {
                    value |= (w.ints[slots[p]][l] & mask) << p * bits;
                  }
                  t[l] = value;
                }
              }));
    } else {
      int r = d.out(target, PtxType.B32);
      d.emit(
          new ToInt(
              r,
              (w, t) -> {
                int[] low = w.ints[slots[0]];
                int[] high = w.ints[slots[1]];
                for (int l = 0; l < LANES; l++) {
                  t[l] = (low[l] & 0xFFFF) | high[l] << 16;
                }
              }));
    }
  }

  private static void unpack(
      Operands d, Code i, PtxType type, Operand source, List<Operand> parts) {
    PtxType part = part(i, type, parts.size());
    int bits = 8 * part.bytes();
    boolean wide = type.bytes() == 8;
    int from = d.in(source, wide ? PtxType.B64 : PtxType.B32);
    int[] slots = parts.stream().mapToInt(o -> d.out(o, part)).toArray();
    int mask = bits == 16 ? 0xFFFF : -1;
    for (int p = 0; p < slots.length; p++) {
      int shift = p * bits;
      d.emit(
          wide
              ? new ToInt(
                  slots[p],
                  (w, t) -> {
                    long[] a = w.longs[from];
                    for (int l = 0; l < LANES; l++) {
                      t[l] = (int) (a[l] >>> shift) & mask;
                    }
                  })
              : new ToInt(
                  slots[p],
                  (w, t) -> {
                    int[] a = w.ints[from];
                    for (int l = 0; l < LANES; l++) {
                      t[l] = a[l] >>> shift & mask;
                    }
                  }));
    }
  }

  /** Generic addresses of shared and local memory lie in windows; global ones are generic. */
  private static void cvta(Operands d, Code i) {
    PtxType type = i.types().isEmpty() ? PtxType.U64 : i.types().getLast();
    if (type.bytes() != 8 || i.operands().size() != 2) {
      throw i.refuse("the instruction", i.text(), "expected cvta.space.u64 d, a");
    }
    long window =
        i.has("shared") || i.has("shared::cta")
            ? MemoryAccess.SHARED_WINDOW
            : i.has("local") ? MemoryAccess.LOCAL_WINDOW : 0;
    int from = d.in(i.operands().get(1), type);
    int to = d.out(i.operands().getFirst(), type);
    int moved = Moves.plus(d, from, i.has("to") ? -window : window);
    d.move(Bank.LONG, to, moved);
  }
}
