package org.adjoint.kernels.ptx;

/**
 * A decoded instruction: what it does to the lanes of a warp at once. One instruction of the text
 * becomes one of these, or a few where an operand must be converted.
 */
abstract class Instruction {
  static final int LANES = 32;
  static final int ALL = -1;

  /** Where it stands in the text. */
  PtxLine line = new PtxLine("", 0);

  /** The instruction of the text, for messages. */
  String text = "";

  /** The predicate register that guards it, or −1. */
  int guard = -1;

  boolean guardNegated;

  /** The tracking number of the guard. */
  int guardId;

  /** Whether it is the first of those that one instruction of the text became. */
  boolean first;

  /** The tracking numbers of the registers that it reads and writes. */
  int[] reads = {};

  int[] writes = {};

  /** Takes the place in the text of the instruction that this one is a part of. */
  final void placeAs(Instruction whole) {
    line = whole.line;
    text = whole.text;
  }

  /** Whether the next instruction in memory follows whatever happens. */
  boolean straight() {
    return true;
  }

  /**
   * Runs on some lanes.
   *
   * @param w the warp
   * @param mask the lanes; never 0 if {@link #straight}
   */
  abstract void run(Warp w, int mask);
}
