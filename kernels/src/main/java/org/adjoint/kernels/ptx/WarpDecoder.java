package org.adjoint.kernels.ptx;

import java.util.List;
import org.adjoint.kernels.ptx.PtxFault.Kind;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxSyntax.Pair;
import org.adjoint.kernels.ptx.PtxType.Bank;
import org.jspecify.annotations.Nullable;

/** Decodes the instructions by which lanes and warps meet: barriers, shuffles, votes. */
final class WarpDecoder {
  private WarpDecoder() {}

  static boolean decode(Operands d, Code i) {
    switch (i.opcode()) {
      case "bar", "barrier" -> barrier(d, i);
      case "shfl" -> shuffle(d, i);
      case "vote" -> vote(d, i);
      case "redux" -> redux(d, i);
      case "activemask" -> {
        int r = d.out(i.operands().getFirst(), PtxType.B32);
        d.emit(
            new Instruction() {
              @Override
              void run(Warp w, int mask) {
                for (int rest = mask; rest != 0; rest &= rest - 1) {
                  w.ints[r][Integer.numberOfTrailingZeros(rest)] = mask;
                }
              }
            });
      }
      case "trap" ->
          d.emit(
              new Instruction() {
                @Override
                void run(Warp w, int mask) {
                  throw w.fault(
                      Kind.TRAP,
                      this,
                      Integer.numberOfTrailingZeros(mask),
                      0,
                      "the kernel trapped",
                      "see the condition before this instruction");
                }
              });
      default -> {
        return false;
      }
    }
    return true;
  }

  // ---- Barriers.

  private static void barrier(Operands d, Code i) {
    boolean arrive = i.has("arrive");
    if (i.has("warp")) {
      int members = d.in(i.operands().getFirst(), PtxType.B32);
      d.emit(
          new Instruction() {
            @Override
            void run(Warp w, int mask) {
              members(w, mask, members, this);
              w.tick();
            }
          });
      return;
    }
    if ((!i.has("sync") && !arrive)
        || i.operands().isEmpty()
        || i.operands().size() > 2
        || (arrive && i.operands().size() == 1)) {
      throw i.refuse(
          "the barrier", i.text(), "expected bar.sync a; bar.sync a, b; bar.arrive a, b");
    }
    int number = d.in(i.operands().getFirst(), PtxType.U32);
    int count = i.operands().size() > 1 ? d.in(i.operands().get(1), PtxType.U32) : -1;
    d.emit(new Barrier(number, count, !arrive));
  }

  /** {@code bar.sync} and {@code bar.arrive}: for whole warps. */
  private static final class Barrier extends Instruction {
    private final int number;
    private final int count;
    private final boolean waits;

    Barrier(int number, int count, boolean waits) {
      this.number = number;
      this.count = count;
      this.waits = waits;
    }

    @Override
    boolean straight() {
      return false;
    }

    @Override
    void run(Warp w, int mask) {
      if (mask == 0) {
        w.advance();
        return;
      }
      int missing = w.born() & ~mask;
      if (missing != 0) {
        int lane = Integer.numberOfTrailingZeros(missing);
        boolean ended = (w.live() >>> lane & 1) == 0;
        throw w.fault(
            Kind.DIVERGENT_BARRIER,
            this,
            lane,
            0,
            "this thread "
                + (ended ? "has ended" : "is elsewhere")
                + " while others of its warp "
                + "reach '"
                + text
                + "'",
            "let all threads of the block reach the barrier; guard the work, not the barrier");
      }
      int lane = Integer.numberOfTrailingZeros(mask);
      int all = w.block().launch().warps() * LANES;
      int threads = count < 0 ? all : w.ints[count][lane];
      w.block().arrive(w, w.ints[number][lane], threads, waits, this);
      w.advance();
    }
  }

  /** Tests that the lanes which an instruction names are those that run it; returns them. */
  static int members(Warp w, int mask, int slot, Instruction i) {
    int named = w.ints[slot][Integer.numberOfTrailingZeros(mask)];
    for (int rest = mask; rest != 0; rest &= rest - 1) {
      int lane = Integer.numberOfTrailingZeros(rest);
      if (w.ints[slot][lane] != named || (named >>> lane & 1) == 0) {
        throw w.fault(
            Kind.DIVERGENT_WARP,
            i,
            lane,
            0,
            "this thread names the lanes 0x"
                + Integer.toHexString(w.ints[slot][lane])
                + " in '"
                + i.text
                + "'",
            "all lanes name the same lanes, themselves among them");
      }
    }
    int missing = named & w.live() & ~mask;
    if (missing != 0) {
      throw w.fault(
          Kind.DIVERGENT_WARP,
          i,
          Integer.numberOfTrailingZeros(missing),
          0,
          "this thread is named by the member mask 0x"
              + Integer.toHexString(named)
              + " but does not reach '"
              + i.text
              + "'; 0x"
              + Integer.toHexString(mask)
              + " do",
          "let all named lanes reach the instruction together, or name fewer");
    }
    return named;
  }

  // ---- Shuffles and votes.

  private static void shuffle(Operands d, Code i) {
    if (!i.has("sync") || i.operands().size() != 5) {
      throw i.refuse("the shuffle", i.text(), "expected shfl.sync.mode.b32 d|p, a, b, c, mask");
    }
    Operand target = i.operands().getFirst();
    @Nullable Operand valid = null;
    if (target instanceof Pair(Operand first, Operand second)) {
      target = first;
      valid = second;
    }
    int a = d.in(i.operands().get(1), PtxType.B32);
    int b = d.in(i.operands().get(2), PtxType.B32);
    int c = d.in(i.operands().get(3), PtxType.B32);
    int members = d.in(i.operands().get(4), PtxType.B32);
    int r = d.out(target, PtxType.B32);
    int p = valid == null ? d.fresh(Bank.PRED).index() : d.out(valid, PtxType.PRED);
    for (String mode : List.of("up", "down", "bfly", "idx")) {
      if (i.has(mode)) {
        d.emit(new Shuffle(mode, a, b, c, members, r, p));
        return;
      }
    }
    throw i.refuse("the shuffle", i.text(), "expected .up, .down, .bfly or .idx");
  }

  private static final class Shuffle extends Instruction {
    private final String mode;
    private final int a;
    private final int b;
    private final int c;
    private final int members;
    private final int r;
    private final int p;

    Shuffle(String mode, int a, int b, int c, int members, int r, int p) {
      this.mode = mode;
      this.a = a;
      this.b = b;
      this.c = c;
      this.members = members;
      this.r = r;
      this.p = p;
    }

    @Override
    void run(Warp w, int mask) {
      members(w, mask, members, this);
      int[] values = w.intScratch;
      System.arraycopy(w.ints[a], 0, values, 0, LANES);
      int valid = 0;
      for (int rest = mask; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        int by = w.ints[b][lane] & 31;
        int clamp = w.ints[c][lane] & 31;
        int segment = w.ints[c][lane] >>> 8 & 31;
        int last = (lane & segment) | (clamp & ~segment);
        int first = lane & segment;
        int from =
            switch (mode) {
              case "up" -> lane - by;
              case "down" -> lane + by;
              case "bfly" -> lane ^ by;
              default -> first | (by & ~segment);
            };
        boolean inside = mode.equals("up") ? from >= last : from <= last;
        if (!inside) {
          from = lane;
        }
        if ((mask >>> from & 1) == 0) {
          throw w.fault(
              Kind.DIVERGENT_WARP,
              this,
              lane,
              0,
              "reads from lane " + from + ", which does not take part in '" + text + "'",
              "shuffle with all lanes before some of them leave");
        }
        valid |= (inside ? 1 : 0) << lane;
        w.ints[r][lane] = values[from];
      }
      w.preds[p] = (w.preds[p] & ~mask) | valid;
    }
  }

  private static void vote(Operands d, Code i) {
    if (!i.has("sync") || i.operands().size() != 3) {
      throw i.refuse("the vote", i.text(), "expected vote.sync.mode d, p, mask");
    }
    int p = d.in(i.operands().get(1), PtxType.PRED);
    int members = d.in(i.operands().get(2), PtxType.B32);
    if (i.has("ballot")) {
      int r = d.out(i.operands().getFirst(), PtxType.B32);
      d.emit(
          new Instruction() {
            @Override
            void run(Warp w, int mask) {
              members(w, mask, members, this);
              for (int rest = mask; rest != 0; rest &= rest - 1) {
                w.ints[r][Integer.numberOfTrailingZeros(rest)] = w.preds[p] & mask;
              }
            }
          });
      return;
    }
    boolean all = i.has("all");
    boolean any = i.has("any");
    if (!all && !any && !i.has("uni")) {
      throw i.refuse("the vote", i.text(), "expected .all, .any, .uni or .ballot");
    }
    int r = d.out(i.operands().getFirst(), PtxType.PRED);
    d.emit(
        new Instruction() {
          @Override
          void run(Warp w, int mask) {
            members(w, mask, members, this);
            int set = w.preds[p] & mask;
            boolean yes = all ? set == mask : any ? set != 0 : set == 0 || set == mask;
            w.preds[r] = (w.preds[r] & ~mask) | (yes ? mask : 0);
          }
        });
  }

  /** {@code redux.sync}: an integer reduction over the lanes. */
  private static void redux(Operands d, Code i) {
    if (i.types().size() != 1 || i.operands().size() != 3) {
      throw i.refuse("the reduction", i.text(), "expected redux.sync.op.type d, a, mask");
    }
    PtxType type = i.types().getFirst();
    int a = d.in(i.operands().get(1), type);
    int members = d.in(i.operands().get(2), PtxType.B32);
    int r = d.out(i.operands().getFirst(), type);
    String name = i.modifiers().get(1);
    boolean order = name.equals("min") || name.equals("max");
    IntOps.@Nullable Body body =
        IntOps.TABLE.get(order ? name + (type.signed() ? ".s" : ".u") : name);
    if (body == null) {
      throw i.refuse("the reduction", i.text(), "expected add, min, max, and, or, xor");
    }
    d.emit(
        new Instruction() {
          @Override
          void run(Warp w, int mask) {
            members(w, mask, members, this);
            int[] sum = new int[LANES];
            int[] value = new int[LANES];
            boolean first = true;
            for (int rest = mask; rest != 0; rest &= rest - 1) {
              value[0] = w.ints[a][Integer.numberOfTrailingZeros(rest)];
              if (first) {
                sum[0] = value[0];
              } else {
                body.apply(sum, sum, value, value);
              }
              first = false;
            }
            for (int rest = mask; rest != 0; rest &= rest - 1) {
              w.ints[r][Integer.numberOfTrailingZeros(rest)] = sum[0];
            }
          }
        });
  }
}
