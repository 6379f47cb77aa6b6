package org.adjoint.kernels.ptx;

import org.adjoint.kernels.ptx.PtxSyntax.Code;

/** Decodes the additions that give or take a carry: add.cc, addc, sub.cc, subc. */
final class CarryDecoder {
  private CarryDecoder() {}

  static void decode(Operands d, Code i, PtxType type) {
    boolean subtract = i.opcode().startsWith("sub");
    if (type.bytes() != 4 || !(subtract || i.opcode().startsWith("add"))) {
      throw i.refuse("the instruction", i.text(), "carries exist for add and sub of 32 bits");
    }
    boolean takes = i.opcode().endsWith("c");
    boolean gives = i.has("cc");
    int a = d.in(i.operands().get(1), type);
    int b = d.in(i.operands().get(2), type);
    int r = d.out(i.operands().getFirst(), type);
    d.emit(
        new Instruction() {
          @Override
          void run(Warp w, int mask) {
            for (int rest = mask; rest != 0; rest &= rest - 1) {
              int l = Integer.numberOfTrailingZeros(rest);
              long x = w.ints[a][l] & 0xFFFFFFFFL;
              long y = w.ints[b][l] & 0xFFFFFFFFL;
              long carry = takes ? w.carry >>> l & 1 : 0;
              long sum = subtract ? x - y - carry : x + y + carry;
              w.ints[r][l] = (int) sum;
              if (gives) {
                w.carry = (w.carry & ~(1 << l)) | (int) (sum >>> 32 & 1) << l;
              }
            }
          }
        });
  }
}
