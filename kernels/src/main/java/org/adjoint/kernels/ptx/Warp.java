package org.adjoint.kernels.ptx;

import java.util.Arrays;
import org.adjoint.kernels.ptx.Program.Constant;
import org.adjoint.kernels.ptx.Program.SpecialSlot;
import org.adjoint.kernels.ptx.Program.SymbolSlot;
import org.adjoint.kernels.ptx.PtxFault.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Thirty-two threads in step: their registers, and a stack of the places where lanes that took
 * different ways meet again, the immediate post-dominators of the branches (Fung et al., "Dynamic
 * Warp Formation", 2007).
 */
final class Warp {
  private static final int LANES = Instruction.LANES;

  /** The registers, by bank: 32 lanes each. */
  final int[][] ints;

  final long[][] longs;
  final float[][] floats;
  final double[][] doubles;
  final int[] preds;

  /** Where a body computes before the active lanes are copied. */
  final int[] intScratch = new int[LANES];

  final long[] longScratch = new long[LANES];
  final float[] floatScratch = new float[LANES];
  final double[] doubleScratch = new double[LANES];

  /** Where each lane of the memory access at hand is in its region. */
  final int[] offsets = new int[LANES];

  /** The carries of add.cc. */
  int carry;

  /** What asynchronous copies have in flight. */
  final CopyQueue copies = new CopyQueue();

  /** What bulk copies to global memory are in flight. */
  final BulkDecoder.Queue bulk = new BulkDecoder.Queue();

  /** What products of the warp group are in flight. */
  final WarpGroupDecoder.Queue products = new WarpGroupDecoder.Queue();

  /** What the copy at hand has read, by lane, and how much of it. */
  byte[][] copied = {};

  int copiedBytes;

  /** The region that an end of the bulk copy at hand has met. */
  @Nullable Region met;

  /** The lanes for which the phase that they wait for is complete. */
  int complete;

  /** The allocation that each memory operand met last: nearly always the one it meets next. */
  final @Nullable Region[] recent;

  private final Block block;
  private final int index;
  private final Program program;
  private final int[] defined;
  private final int[] clocks;
  private final @Nullable PtxStep step;
  private @Nullable Region local;
  private int born;
  private int live;
  private int active;
  private int pc;
  private int rpc;
  private int depth;
  private int[] stack = new int[3 * 64];
  private @Nullable Instruction waitsAt;
  private boolean yields;
  private boolean done;
  private long executed;

  Warp(Block block, int index) {
    this.block = block;
    this.index = index;
    this.program = block.launch().program();
    this.ints = new int[program.ints()][LANES];
    this.longs = new long[program.longs()][LANES];
    this.floats = new float[program.floats()][LANES];
    this.doubles = new double[program.doubles()][LANES];
    this.preds = new int[program.preds()];
    this.recent = new Region[program.sites()];
    this.defined = new int[program.tracked()];
    this.clocks = new int[LANES];
    this.step = block.launch().listener() == null ? null : new PtxStep(this);
    for (Constant constant : program.constants()) {
      long bits = constant.bits();
      int slot = constant.slot().index();
      switch (constant.slot().bank()) {
        case PRED -> preds[slot] = (int) bits;
        case INT -> Arrays.fill(ints[slot], (int) bits);
        case LONG -> Arrays.fill(longs[slot], bits);
        case FLOAT -> Arrays.fill(floats[slot], Float.intBitsToFloat((int) bits));
        case DOUBLE -> Arrays.fill(doubles[slot], Double.longBitsToDouble(bits));
      }
    }
    for (int i = 0; i < program.symbols().size(); i++) {
      SymbolSlot symbol = program.symbols().get(i);
      Arrays.fill(longs[symbol.index()], block.launch().symbols()[i]);
    }
  }

  /** Sets the warp to the kernel's first instruction. */
  void start() {
    int threads = (int) block.launch().threads().count() - index * LANES;
    born = threads >= LANES ? -1 : (1 << threads) - 1;
    live = born;
    active = born;
    pc = 0;
    rpc = -1;
    depth = 0;
    executed = 0;
    waitsAt = null;
    done = false;
    carry = 0;
    copies.clear();
    bulk.clear();
    products.clear();
    Arrays.fill(defined, 0);
    Arrays.fill(clocks, 0);
    clocks[index] = 1;
    if (program.localBytes() > 0) {
      local =
          new Region(
              "local",
              0,
              LANES * program.localBytes(),
              false,
              block.launch().checks().initialised());
    }
    for (SpecialSlot special : program.specials()) {
      SpecialRegister.fill(special.name(), this, ints[special.index()]);
    }
  }

  Block block() {
    return block;
  }

  int index() {
    return index;
  }

  boolean ready() {
    return waitsAt == null && !done;
  }

  boolean done() {
    return done;
  }

  /** Returns the lanes that run now. */
  int active() {
    return active;
  }

  /** Returns the lanes that have not ended. */
  int live() {
    return live;
  }

  /** Returns the lanes that the warp started with. */
  int born() {
    return born;
  }

  int pc() {
    return pc;
  }

  long executed() {
    return executed;
  }

  Instruction current() {
    return program.code()[Math.min(pc, program.code().length - 1)];
  }

  Region local() {
    Region region = local;
    if (region == null) {
      throw new IllegalStateException("a program without local variables addresses local memory");
    }
    return region;
  }

  /** Lets the warp wait at a barrier. */
  void waitAt(Instruction barrier) {
    waitsAt = barrier;
  }

  /** Lets the warp go on. */
  void release() {
    waitsAt = null;
  }

  /** Returns the barrier at which the warp waits, or else the instruction that comes next. */
  Instruction place() {
    Instruction barrier = waitsAt;
    return barrier == null ? current() : barrier;
  }

  /** Ends the turn of this warp, because it polls for what another does. */
  void yieldTurn() {
    yields = true;
  }

  // ---- Clocks: see Races.

  int clock() {
    return clocks[index];
  }

  int known(int warp) {
    return clocks[warp];
  }

  void tick() {
    clocks[index]++;
  }

  void joinInto(int[] other) {
    for (int i = 0; i < LANES; i++) {
      other[i] = Math.max(other[i], clocks[i]);
    }
  }

  void joinFrom(int[] other) {
    for (int i = 0; i < LANES; i++) {
      clocks[i] = Math.max(other[i], clocks[i]);
    }
    tick();
  }

  // ---- Control.

  /** Goes on at the next instruction. */
  void advance() {
    pc++;
  }

  /** Lets some of the active lanes branch; all meet again at the reconvergence point. */
  void branch(int taken, int target, int meeting) {
    int next = pc + 1;
    if (taken == active) {
      pc = target;
      return;
    }
    if (taken == 0) {
      pc = next;
      return;
    }
    int fall = active & ~taken;
    if (meeting >= 0 && meeting != rpc) {
      push(meeting, rpc, active);
      rpc = meeting;
    }
    if (target == rpc) {
      active = fall;
      pc = next;
    } else {
      if (next != rpc) {
        push(next, rpc, fall);
      }
      active = taken;
      pc = target;
    }
  }

  /** Ends some of the active lanes. */
  void exit(int lanes) {
    live &= ~lanes;
    active &= ~lanes;
    if (active == 0) {
      pop();
    } else {
      pc++;
    }
  }

  private void push(int at, int meeting, int lanes) {
    if (3 * depth == stack.length) {
      stack = Arrays.copyOf(stack, 2 * stack.length);
    }
    stack[3 * depth] = at;
    stack[3 * depth + 1] = meeting;
    stack[3 * depth + 2] = lanes;
    depth++;
  }

  private void pop() {
    do {
      if (depth == 0) {
        done = true;
        return;
      }
      depth--;
      pc = stack[3 * depth];
      rpc = stack[3 * depth + 1];
      active = stack[3 * depth + 2] & live;
    } while (active == 0);
  }

  /** Runs until the warp ends, waits, or its turn is over. */
  void run(int turn) {
    Instruction[] code = program.code();
    boolean checked = block.launch().checks().initialised();
    long end = executed + turn;
    yields = false;
    while (executed < end) {
      if (pc == rpc) {
        pop();
        continue;
      }
      Instruction i = code[pc];
      int mask = active;
      if (i.guard >= 0) {
        if (checked && (active & ~defined[i.guardId]) != 0) {
          throw undefined(i, i.guardId, active);
        }
        mask &= i.guardNegated ? ~preds[i.guard] : preds[i.guard];
      }
      if (checked) {
        check(i, mask);
      }
      executed++;
      if (step != null && i.first) {
        step.before(i, mask);
      }
      if (i.straight()) {
        if (mask != 0) {
          i.run(this, mask);
        }
        pc++;
      } else {
        i.run(this, mask);
      }
      if (step != null) {
        step.after(code[Math.min(pc, code.length - 1)]);
      }
      if (waitsAt != null || done || yields) {
        break;
      }
    }
    if (executed > block.launch().limit()) {
      throw fault(
          Kind.ENDLESS_LOOP,
          current(),
          -1,
          0,
          executed + " instructions in warp " + index,
          "let the loop end, or raise Simulator.instructionLimit");
    }
  }

  /** Tells the listener of an access. */
  void tell(MemoryAccess access, int lanes, Region region, boolean write) {
    PtxStep watched = step;
    if (watched != null) {
      for (int rest = lanes; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        watched
            .listener()
            .access(
                watched, lane, region.space, region.base + offsets[lane], access.width(), write);
      }
    }
  }

  private void check(Instruction i, int mask) {
    for (int r : i.reads) {
      if ((mask & ~defined[r]) != 0) {
        throw undefined(i, r, mask);
      }
    }
    for (int r : i.writes) {
      defined[r] |= mask;
    }
  }

  /** Returns whether all lanes have written a register, as far as that is checked. */
  boolean defined(Program.Slot slot) {
    return !block.launch().checks().initialised() || slot.id() < 0 || defined[slot.id()] == -1;
  }

  /** Lets a register count as written by all lanes, or by none. */
  void define(Program.Slot slot, boolean written) {
    if (slot.id() >= 0) {
      defined[slot.id()] = written ? -1 : 0;
    }
  }

  private PtxFault undefined(Instruction i, int register, int mask) {
    int lane = Integer.numberOfTrailingZeros(mask & ~defined[register]);
    String name = program.registers().get(register).name();
    return fault(
        Kind.UNINITIALISED_REGISTER,
        i,
        lane,
        0,
        "register " + name + " is read in '" + i.text + "' before it was written",
        "write it on every way that leads here");
  }

  // ---- Faults.

  PtxFault fault(Kind kind, Instruction i, int lane, long address, String value, String remedy) {
    Launch launch = block.launch();
    return new PtxFault(
        kind,
        i.line,
        launch.entry().name(),
        block.index(),
        lane < 0 ? null : launch.thread(index * LANES + lane),
        address,
        value,
        remedy);
  }

  /** Names an address of a region, for messages. */
  static String where(Region region, long address) {
    return region.space
        + " address 0x"
        + Long.toHexString(address)
        + " (byte "
        + (address - region.base)
        + " of "
        + region.size
        + ")";
  }
}
