package org.adjoint.kernels.ptx;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.ptx.Program.NamedSlot;

/** What a {@link PtxListener} sees: the instruction at hand, its warp and the registers. */
public final class PtxStep {
  private final Warp warp;
  private Instruction instruction;
  private int mask;
  private boolean open;

  PtxStep(Warp warp) {
    this.warp = warp;
    this.instruction = warp.current();
  }

  void before(Instruction i, int lanes) {
    instruction = i;
    mask = lanes;
    open = true;
    listener().before(this);
  }

  /** Ends the step when the next instruction is another one of the text. */
  void after(Instruction next) {
    if (open && (next.first || warp.done())) {
      open = false;
      listener().after(this);
    }
  }

  PtxListener listener() {
    return java.util.Objects.requireNonNull(warp.block().launch().listener());
  }

  /** Returns the line of the instruction. */
  public PtxLine line() {
    return instruction.line;
  }

  /** Returns the instruction as text. */
  public String text() {
    return instruction.text;
  }

  /** Returns the index of the block. */
  public Dim3 block() {
    return warp.block().index();
  }

  /** Returns the number of the warp in its block. */
  public int warp() {
    return warp.index();
  }

  /** Returns the lanes that run the instruction, guards considered, as bits. */
  public int mask() {
    return mask;
  }

  /** Returns the lanes that are at this place, as bits. */
  public int active() {
    return warp.active();
  }

  /** Returns the index of a lane's thread in its block. */
  public Dim3 thread(int lane) {
    return warp.block().launch().thread(warp.index() * Instruction.LANES + lane);
  }

  /** Returns the registers that the instruction reads, by name. */
  public List<String> reads() {
    return names(instruction.reads);
  }

  /** Returns the registers that the instruction writes, by name. */
  public List<String> writes() {
    return names(instruction.writes);
  }

  private List<String> names(int[] ids) {
    List<String> names = new ArrayList<>();
    for (int id : ids) {
      names.add(warp.block().launch().program().registers().get(id).name());
    }
    return names;
  }

  /**
   * Returns a register's value in a lane: 0 or 1, a whole number, or a float.
   *
   * @param name the register
   * @param lane the lane, 0 to 31
   */
  public Number value(String name, int lane) {
    for (NamedSlot register : warp.block().launch().program().registers()) {
      if (register.name().equals(name)) {
        int slot = register.slot().index();
        return switch (register.slot().bank()) {
          case PRED -> warp.preds[slot] >>> lane & 1;
          case INT -> warp.ints[slot][lane];
          case LONG -> warp.longs[slot][lane];
          case FLOAT -> warp.floats[slot][lane];
          case DOUBLE -> warp.doubles[slot][lane];
        };
      }
    }
    throw new PtxException(line(), "the register", name, "this kernel has no such register");
  }
}
