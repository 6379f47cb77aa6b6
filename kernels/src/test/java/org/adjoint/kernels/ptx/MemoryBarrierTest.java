package org.adjoint.kernels.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.adjoint.kernels.ptx.PtxFault.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** mbarriers and bulk copies: what they do, and what of their misuse is found. */
class MemoryBarrierTest {
  /** Brings x, 256 bytes, to a tile and has each of 64 threads store its word of it in y. */
  private static final String BRING =
      """
      .shared .align 128 .b8 tile[256];
      .shared .align 8 .b64 full;
      mov.u32 %r4, tile;
      mov.u32 %r5, full;
      setp.eq.u32 %p0, %r3, 0;
      @%p0 mbarrier.init.shared::cta.b64 [%r5], 1;
      bar.sync 0;
      @!%p0 bra WAIT;
      mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r5], 256;
      cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r4], [%d1], 128, [%r5];
      cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r4+128], [%d1+128], 128, [%r5];
      WAIT:
      mbarrier.try_wait.parity.shared::cta.b64 %p1, [%r5], 0;
      @!%p1 bra WAIT;
      mad.lo.u32 %r6, %r3, 4, %r4;
      ld.shared.b32 %r7, [%r6];
      st.global.b32 [%d2], %r7;
      """;

  /** Sends a tile that 64 threads have written to y. */
  private static final String SEND =
      """
      .shared .align 128 .b8 tile[256];
      mov.u32 %r4, tile;
      mad.lo.u32 %r6, %r3, 4, %r4;
      st.shared.b32 [%r6], %r3;
      fence.proxy.async;
      bar.sync 0;
      setp.eq.u32 %p0, %r3, 0;
      @%p0 cp.async.bulk.global.shared::cta.bulk_group [%d0], [%r4], 256;
      @%p0 cp.async.bulk.commit_group;
      @%p0 cp.async.bulk.wait_group 0;
      """;

  /**
   * A ring of two places between a producer, warp 1, and a consumer, warp 0: eight tiles of 128
   * bytes of x are added up, lane by lane.
   */
  private static final String RING =
      """
      .shared .align 128 .b8 tiles[256];
      .shared .align 8 .b64 full[2];
      .shared .align 8 .b64 empty[2];
      mov.u32 %r4, tiles;
      mov.u32 %r5, full;
      mov.u32 %r6, empty;
      setp.eq.u32 %p0, %r3, 0;
      @%p0 mbarrier.init.shared::cta.b64 [%r5], 1;
      @%p0 mbarrier.init.shared::cta.b64 [%r5+8], 1;
      @%p0 mbarrier.init.shared::cta.b64 [%r6], 32;
      @%p0 mbarrier.init.shared::cta.b64 [%r6+8], 32;
      bar.sync 0;
      mov.u32 %r7, 0;
      mov.u32 %r12, 0;
      setp.ge.u32 %p1, %r3, 32;
      @!%p1 bra CONSUME;
      setp.ne.u32 %p2, %r3, 32;
      @%p2 bra DONE;
      PRODUCE:
      and.b32 %r8, %r7, 1;
      shr.u32 %r9, %r7, 1;
      not.b32 %r9, %r9;
      and.b32 %r9, %r9, 1;
      mad.lo.u32 %r10, %r8, 8, %r6;
      FREE:
      mbarrier.try_wait.parity.shared::cta.b64 %p3, [%r10], %r9;
      @!%p3 bra FREE;
      mad.lo.u32 %r10, %r8, 8, %r5;
      mad.lo.u32 %r11, %r8, 128, %r4;
      mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r10], 128;
      cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r11], [%d1], 128, [%r10];
      add.u64 %d1, %d1, 128;
      add.u32 %r7, %r7, 1;
      setp.lt.u32 %p4, %r7, 8;
      @%p4 bra PRODUCE;
      bra DONE;
      CONSUME:
      and.b32 %r8, %r7, 1;
      shr.u32 %r9, %r7, 1;
      and.b32 %r9, %r9, 1;
      mad.lo.u32 %r10, %r8, 8, %r5;
      FULL:
      mbarrier.try_wait.parity.shared::cta.b64 %p3, [%r10], %r9;
      @!%p3 bra FULL;
      mad.lo.u32 %r11, %r8, 128, %r4;
      mad.lo.u32 %r11, %r3, 4, %r11;
      ld.shared.b32 %r13, [%r11];
      add.u32 %r12, %r12, %r13;
      mad.lo.u32 %r10, %r8, 8, %r6;
      mbarrier.arrive.shared::cta.b64 _, [%r10];
      add.u32 %r7, %r7, 1;
      setp.lt.u32 %p4, %r7, 8;
      @%p4 bra CONSUME;
      st.global.b32 [%d2], %r12;
      DONE:
      """;

  private static int[] run(Lab lab, String body) {
    int[] x = new int[256];
    for (int i = 0; i < x.length; i++) {
      x[i] = 3 * i + 1;
    }
    lab.device.instructionLimit(100_000);
    return lab.run(body, 1, 64, x);
  }

  @Test
  void copiesArrive() {
    try (Lab lab = new Lab()) {
      int[] y = run(lab, BRING);
      for (int i = 0; i < 64; i++) {
        assertEquals(3 * i + 1, y[i]);
      }
    }
  }

  @Test
  void copiesLeave() {
    try (Lab lab = new Lab()) {
      int[] y = run(lab, SEND);
      int[] late = run(lab, SEND.replace("wait_group 0", "wait_group.read 0"));
      for (int i = 0; i < 64; i++) {
        assertEquals(i, y[i]);
        assertEquals(i, late[i]);
      }
    }
  }

  @Test
  void aRingGoesRound() {
    try (Lab lab = new Lab()) {
      int[] y = run(lab, RING);
      for (int i = 0; i < 32; i++) {
        int sum = 0;
        for (int t = 0; t < 8; t++) {
          sum += 3 * (32 * t + i) + 1;
        }
        assertEquals(sum, y[i]);
      }
    }
  }

  @Test
  void arrivalsAndStates() {
    String body =
        """
        .shared .align 8 .b64 meeting;
        mov.u32 %r4, meeting;
        setp.eq.u32 %p0, %r3, 0;
        @%p0 mbarrier.init.shared.b64 [%r4], 65;
        bar.sync 0;
        mbarrier.arrive.shared.b64 %d4, [%r4];
        mbarrier.test_wait.shared.b64 %p1, [%r4], %d4;
        selp.u32 %r5, 100, 0, %p1;
        bar.sync 0;
        @%p0 mbarrier.expect_tx.relaxed.cta.shared.b64 [%r4], 0;
        @%p0 mbarrier.arrive.shared.b64 _, [%r4], 1;
        WAIT:
        mbarrier.test_wait.shared.b64 %p1, [%r4], %d4;
        @!%p1 bra WAIT;
        SLEEP:
        mbarrier.try_wait.shared.b64 %p1, [%r4], %d4;
        @!%p1 bra SLEEP;
        bar.sync 0;
        @%p0 mbarrier.inval.shared.b64 [%r4];
        @%p0 mbarrier.init.shared.b64 [%r4], 1;
        cvt.u32.u64 %r6, %d4;
        add.u32 %r5, %r5, %r6;
        st.global.b32 [%d2], %r5;
        """;
    try (Lab lab = new Lab()) {
      for (int y : run(lab, body)) {
        assertEquals(0, y);
      }
    }
  }

  /**
   * A mistake.
   *
   * @param name what is wrong
   * @param kind the kind to be found
   * @param body a kernel without it
   * @param good what is replaced
   * @param bad by what
   */
  record Planted(String name, Kind kind, String body, String good, String bad) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final String WAIT = "mbarrier.try_wait.parity.shared::cta.b64 %p1, [%r5], 0;";
  private static final String EXPECT = "_, [%r5], 256;";
  private static final String SECOND = "[%r4+128], [%d1+128], 128,";

  private static final String USE =
      """
      ld.shared.b32 %r13, [%r11];
      add.u32 %r12, %r12, %r13;
      """;

  private static final String GIVE =
      """
      mad.lo.u32 %r10, %r8, 8, %r6;
      mbarrier.arrive.shared::cta.b64 _, [%r10];
      """;

  private static final String LATER = "bar.warp.sync -1;\n";

  static List<Planted> planted() {
    return List.of(
        new Planted("no wait", Kind.UNINITIALISED_MEMORY, BRING, WAIT, "setp.eq.u32 %p1, 0, 0;"),
        new Planted(
            "a wait for the phase before",
            Kind.UNINITIALISED_MEMORY,
            BRING,
            "[%r5], 0;",
            "[%r5], 1;"),
        new Planted("more bytes expected than come", Kind.ASYNC, BRING, EXPECT, "_, [%r5], 272;"),
        new Planted("fewer bytes expected than come", Kind.ASYNC, BRING, EXPECT, "_, [%r5], 240;"),
        new Planted("bytes below nothing", Kind.ASYNC, BRING, EXPECT, "_, [%r5], -16;"),
        new Planted(
            "nobody arrives",
            Kind.DEADLOCK,
            BRING,
            "arrive.expect_tx.shared::cta.b64 _,",
            "expect_tx.shared::cta.b64"),
        new Planted(
            "two arrive where one is missing",
            Kind.ASYNC,
            BRING,
            "mbarrier.arrive.expect_tx",
            "mbarrier.arrive.shared::cta.b64 _, [%r5], 2;\nmbarrier.arrive.expect_tx"),
        new Planted(
            "a size that is no multiple of 16",
            Kind.MISALIGNED,
            BRING,
            SECOND,
            "[%r4+128], [%d1+128], 120,"),
        new Planted("no size", Kind.MISALIGNED, BRING, SECOND, "[%r4+128], [%d1+128], 0,"),
        new Planted(
            "a misaligned source", Kind.MISALIGNED, BRING, SECOND, "[%r4+128], [%d1+120], 128,"),
        new Planted(
            "a misaligned target", Kind.MISALIGNED, BRING, SECOND, "[%r4+120], [%d1+128], 128,"),
        new Planted(
            "a tile past the end",
            Kind.OUT_OF_BOUNDS,
            BRING,
            SECOND,
            "[%r4+4096], [%d1+128], 128,"),
        new Planted(
            "a source past the end",
            Kind.OUT_OF_BOUNDS,
            BRING,
            SECOND,
            "[%r4+128], [%d1+960], 128,"),
        new Planted(
            "an unwritten source",
            Kind.UNINITIALISED_MEMORY,
            BRING,
            SECOND,
            "[%r4+128], [%d0], 128,"),
        new Planted("two copies to one place", Kind.RACE, BRING, SECOND, "[%r4], [%d1+128], 128,"),
        new Planted("no barrier after init", Kind.RACE, BRING, "bar.sync 0;", ""),
        new Planted(
            "no init", Kind.ASYNC, BRING, "@%p0 mbarrier.init.shared::cta.b64 [%r5], 1;", ""),
        new Planted("an init for nobody", Kind.ASYNC, BRING, "[%r5], 1;\nbar", "[%r5], 0;\nbar"),
        new Planted(
            "two inits",
            Kind.ASYNC,
            BRING,
            "[%r5], 1;\nbar",
            "[%r5], 1;\n@%p0 mbarrier.init.shared::cta.b64 [%r5], 1;\nbar"),
        new Planted(
            "an mbarrier at an odd place",
            Kind.MISALIGNED,
            BRING,
            "b64 [%r5], 1;\nbar",
            "b64 [%r5+4], 1;\nbar"),
        new Planted(
            "an mbarrier in global memory",
            Kind.ASYNC,
            BRING,
            "mbarrier.init.shared::cta.b64 [%r5], 1;\nbar",
            "mbarrier.init.b64 [%d0], 1;\nbar"),
        new Planted(
            "an mbarrier that a tile overwrites",
            Kind.ASYNC,
            BRING,
            "bar.sync 0;",
            "@%p0 st.shared.b32 [%r5], %r3;\nbar.sync 0;"),
        new Planted(
            "an mbarrier that is read",
            Kind.UNINITIALISED_MEMORY,
            BRING,
            "bar.sync 0;",
            "bar.sync 0;\nld.shared.b32 %r9, [%r5];"),
        new Planted(
            "an end while a copy is under way",
            Kind.ASYNC,
            BRING,
            "mad.lo.u32 %r6, %r3, 4, %r4;",
            "@%p0 mbarrier.inval.shared.b64 [%r5];\nmad.lo.u32 %r6, %r3, 4, %r4;\n"
                .replace(
                    "@%p0 mbarrier.inval.shared.b64 [%r5];",
                    "bar.sync 0;\n"
                        + "@%p0 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes"
                        + " [%r4], [%d1], 128, [%r5];\n"
                        + "@%p0 mbarrier.inval.shared.b64 [%r5];")),
        new Planted(
            "a block that ends before its copy",
            Kind.ASYNC,
            BRING,
            "st.global.b32 [%d2], %r7;",
            "bar.sync 0;\n"
                + "@%p0 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r4],"
                + " [%d1], 128, [%r5];"),
        new Planted(
            "a tile that leaves and is written",
            Kind.RACE,
            SEND,
            "@%p0 cp.async.bulk.wait_group 0;",
            "st.shared.b32 [%r6], %r3;"),
        new Planted(
            "a tile that leaves unwritten",
            Kind.UNINITIALISED_MEMORY,
            SEND,
            "st.shared.b32 [%r6], %r3;",
            ""),
        new Planted("a tile that leaves before it is written", Kind.RACE, SEND, "bar.sync 0;", ""),
        new Planted(
            "a result that is read before it has come",
            Kind.RACE,
            SEND,
            "@%p0 cp.async.bulk.wait_group 0;",
            "@%p0 cp.async.bulk.wait_group.read 0;\n@%p0 ld.global.b32 %r9, [%d0];"),
        new Planted(
            "a block that ends before its tile has left",
            Kind.ASYNC,
            SEND,
            "@%p0 cp.async.bulk.wait_group 0;",
            ""),
        new Planted("a copy in no group", Kind.ASYNC, SEND, "@%p0 cp.async.bulk.commit_group;", ""),
        new Planted(
            "a ring that nobody empties",
            Kind.DEADLOCK,
            RING,
            "mbarrier.arrive.shared::cta.b64 _, [%r10];",
            ""),
        new Planted(
            "a producer that does not wait",
            Kind.ASYNC,
            RING,
            "mbarrier.try_wait.parity.shared::cta.b64 %p3, [%r10], %r9;\n@!%p3 bra FREE;",
            ""),
        new Planted(
            "a consumer that gives back too early",
            Kind.RACE,
            RING,
            USE + GIVE,
            GIVE + LATER + USE),
        new Planted(
            "a parity that never changes",
            Kind.RACE,
            RING,
            "and.b32 %r9, %r9, 1;\nmad.lo.u32 %r10, %r8, 8, %r5;",
            "and.b32 %r9, %r9, 0;\nmad.lo.u32 %r10, %r8, 8, %r5;"));
  }

  @ParameterizedTest
  @MethodSource("planted")
  void findsTheMistake(Planted planted) {
    String bad = planted.body.replace(planted.good, planted.bad);
    assertEquals(false, bad.equals(planted.body), "the mistake is not planted");
    try (Lab lab = new Lab()) {
      PtxFault fault = assertThrows(PtxFault.class, () -> run(lab, bad));
      assertEquals(planted.kind, fault.kind(), fault.getMessage());
    }
  }

  @ParameterizedTest
  @MethodSource("unknown")
  void refusesWhatItDoesNotKnow(String instruction) {
    assertThrows(PtxException.class, () -> Lab.kernel(instruction).entry("k"));
  }

  static List<String> unknown() {
    return List.of(
        "mbarrier.pending_count.b64 %r4, %d4;",
        "mbarrier.init.shared.b64 [%r4];",
        "mbarrier.init.shared.b32 [%r4], 1;",
        "mbarrier.arrive.shared.b64 [%r4];",
        "cp.async.bulk.wait_group %r4;",
        "cp.async.bulk.shared::cluster.global [%r4], [%d0], 16;");
  }
}
