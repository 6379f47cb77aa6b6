package org.adjoint.kernels.ptx;

import java.util.List;

/**
 * A kernel as decoded instructions, and what a warp needs to run them.
 *
 * @param code the instructions
 * @param ints the number of registers of 32 bits and less
 * @param longs the number of integer registers of 64 bits
 * @param floats the number of singles
 * @param doubles the number of doubles
 * @param preds the number of predicates
 * @param tracked the number of registers of the text, whose first use is checked
 * @param constants the registers that hold constants
 * @param specials the registers that hold special registers
 * @param symbols the registers that hold addresses of module variables
 * @param sharedBytes the static shared memory; dynamic memory starts here
 * @param localBytes the local memory of a thread
 * @param sites the number of memory operands
 * @param ordered whether the result depends on the order of the blocks, which then run one by one
 * @param registers the registers of the text by name, for watching
 */
record Program(
    Instruction[] code,
    int ints,
    int longs,
    int floats,
    int doubles,
    int preds,
    int tracked,
    List<Constant> constants,
    List<SpecialSlot> specials,
    List<SymbolSlot> symbols,
    int sharedBytes,
    int localBytes,
    int sites,
    boolean ordered,
    List<NamedSlot> registers) {

  /** A register of the machine: an array of 32 lanes in a bank, or a mask. */
  record Slot(PtxType.Bank bank, int index, int id) {}

  /** A constant in a bank: its bits. */
  record Constant(Slot slot, long bits) {}

  /** A special register. */
  record SpecialSlot(String name, int index) {}

  /** The address of a module's variable. */
  record SymbolSlot(PtxVariable variable, int index) {}

  /** A register of the text. */
  record NamedSlot(String name, PtxType type, Slot slot) {}
}
