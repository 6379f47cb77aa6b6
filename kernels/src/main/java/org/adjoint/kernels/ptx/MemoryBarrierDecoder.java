package org.adjoint.kernels.ptx;

import java.util.List;
import org.adjoint.kernels.ptx.MemoryAccess.Place;
import org.adjoint.kernels.ptx.MemoryBarriers.Barrier;
import org.adjoint.kernels.ptx.PtxFault.Kind;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxType.Bank;

/**
 * Decodes the instructions on mbarriers in shared memory:
 *
 * <pre>
 *   mbarrier.init.shared.b64 [a], count;         mbarrier.inval.shared.b64 [a];
 *   mbarrier.arrive.shared.b64 state, [a];       mbarrier.arrive.shared.b64 state, [a], count;
 *   mbarrier.expect_tx.relaxed.cta.shared.b64 [a], bytes;
 *   mbarrier.arrive.expect_tx.shared.b64 state, [a], bytes;
 *   mbarrier.try_wait.parity.shared.b64 p, [a], parity;    (test_wait likewise)
 *   mbarrier.try_wait.shared.b64 p, [a], state;
 * </pre>
 *
 * <p>An arrival orders what the warp did before it, a wait what the warp does after it. A warp that
 * tries to wait sleeps until the phase is complete: the hardware may wake it earlier with a
 * predicate that says no, and a kernel must loop. A state is the number of the phase.
 */
final class MemoryBarrierDecoder {
  private MemoryBarrierDecoder() {}

  static void decode(Operands d, Code i) {
    List<Operand> o = i.operands();
    String what = i.modifiers().isEmpty() ? "" : i.modifiers().getFirst();
    switch (what) {
      case "init" -> {
        operands(i, 2, 2);
        int count = d.in(o.get(1), PtxType.U32);
        d.emit(new Init(place(d, i, 0), count));
      }
      case "inval" -> {
        operands(i, 1, 1);
        d.emit(new End(place(d, i, 0)));
      }
      case "expect_tx" -> {
        operands(i, 2, 2);
        int bytes = d.in(o.get(1), PtxType.U32);
        int none = d.fresh(Bank.LONG).index();
        d.emit(new Arrive(place(d, i, 0), bytes, -1, none));
      }
      case "arrive" -> {
        boolean expects = i.has("expect_tx");
        operands(i, expects ? 3 : 2, 3);
        int number =
            o.size() == 3 ? d.in(o.get(2), PtxType.U32) : d.constant(Bank.INT, expects ? 0 : 1);
        Place place = place(d, i, 1);
        int state = d.out(o.getFirst(), PtxType.B64);
        int once = d.constant(Bank.INT, 1);
        d.emit(new Arrive(place, expects ? number : -1, expects ? once : number, state));
      }
      case "try_wait", "test_wait" -> {
        operands(i, 3, 3);
        boolean parity = i.has("parity");
        int phase = d.in(o.get(2), parity ? PtxType.U32 : PtxType.B64);
        Place place = place(d, i, 1);
        int done = d.out(o.getFirst(), PtxType.PRED);
        Wait wait = new Wait(place, phase, parity, what.equals("try_wait"), done);
        d.emit(wait);
        wait.look.placeAs(wait);
      }
      default ->
          throw i.refuse("the instruction", i.text(), "this simulator does not know this form");
    }
  }

  private static void operands(Code i, int least, int most) {
    if (i.operands().size() < least || i.operands().size() > most || !i.has("b64")) {
      throw i.refuse("the instruction", i.text(), "expected .b64 and its operands");
    }
  }

  private static Place place(Operands d, Code i, int operand) {
    return d.place(i.operands().get(operand), MemoryDecoder.space(i));
  }

  /** An access to the 8 bytes of an mbarrier: to begin or end it is a write, to use it a read. */
  private abstract static class Use extends MemoryAccess {
    private final boolean write;

    Use(Place place, boolean write) {
      super(place, 8, write);
      this.write = write;
    }

    abstract void use(Warp w, MemoryBarriers barriers, int lane);

    @Override
    final void access(Warp w, int mask, Region region) {
      if (!region.space.equals("shared")) {
        throw w.fault(
            Kind.ASYNC,
            this,
            Integer.numberOfTrailingZeros(mask),
            region.base,
            "an mbarrier in " + region.space + " memory",
            "an mbarrier lies in shared memory");
      }
      if (raced(w, region)) {
        if (write) {
          region.races().write(w, mask, width(), false, w.clock(), this, region);
        } else {
          region.races().read(w, mask, width(), false, this, region);
        }
      }
      for (int rest = mask; rest != 0; rest &= rest - 1) {
        use(w, w.block().memoryBarriers(), Integer.numberOfTrailingZeros(rest));
      }
    }
  }

  private static final class Init extends Use {
    private final int count;

    Init(Place place, int count) {
      super(place, true);
      this.count = count;
    }

    @Override
    void use(Warp w, MemoryBarriers barriers, int lane) {
      barriers.begin(w, this, lane, w.ints[count][lane]);
    }
  }

  private static final class End extends Use {
    End(Place place) {
      super(place, true);
    }

    @Override
    void use(Warp w, MemoryBarriers barriers, int lane) {
      barriers.end(w, this, lane);
    }
  }

  /** Expects bytes, arrives, or both. */
  private static final class Arrive extends Use {
    private final int bytes;
    private final int times;
    private final int state;

    Arrive(Place place, int bytes, int times, int state) {
      super(place, false);
      this.bytes = bytes;
      this.times = times;
      this.state = state;
    }

    @Override
    void use(Warp w, MemoryBarriers barriers, int lane) {
      Barrier barrier = barriers.at(w, this, lane);
      if (bytes >= 0) {
        barriers.expect(w, this, lane, barrier, w.ints[bytes][lane]);
      }
      if (times >= 0) {
        w.longs[state][lane] = barriers.arrive(w, this, lane, barrier, w.ints[times][lane]);
        w.tick();
      }
    }
  }

  /** Waits, or looks, until a phase is complete. */
  private static final class Wait extends Instruction {
    private final Look look;
    private final boolean sleeps;
    private final int done;

    Wait(Place place, int phase, boolean parity, boolean sleeps, int done) {
      this.look = new Look(place, phase, parity, sleeps);
      this.sleeps = sleeps;
      this.done = done;
    }

    @Override
    boolean straight() {
      return false;
    }

    @Override
    void run(Warp w, int mask) {
      w.complete = 0;
      if (mask != 0) {
        look.run(w, mask);
      }
      if (sleeps && w.complete != mask) {
        w.waitAt(this);
        return;
      }
      w.preds[done] = (w.preds[done] & ~mask) | w.complete;
      if (w.complete != mask) {
        w.yieldTurn();
      }
      w.advance();
    }
  }

  /** Notes the lanes whose phase is complete, in {@link Warp#complete}. */
  private static final class Look extends Use {
    private final int phase;
    private final boolean parity;
    private final boolean sleeps;

    Look(Place place, int phase, boolean parity, boolean sleeps) {
      super(place, false);
      this.phase = phase;
      this.parity = parity;
      this.sleeps = sleeps;
    }

    @Override
    void use(Warp w, MemoryBarriers barriers, int lane) {
      Barrier barrier = barriers.at(w, this, lane);
      if (!sleeps) {
        barriers.deliver(barrier);
      }
      boolean passed =
          parity
              ? (barrier.phase() & 1) != (w.ints[phase][lane] & 1)
              : barrier.phase() != w.longs[phase][lane];
      if (passed) {
        w.complete |= 1 << lane;
        barriers.join(w, barrier);
      } else if (sleeps) {
        barriers.await(w, barrier);
      }
    }
  }
}
