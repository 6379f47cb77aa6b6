package org.adjoint.kernels.ptx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Branches, loops, calls, and how the threads of a block meet. */
class ControlFlowTest {
  private static int[] of(java.util.function.IntUnaryOperator f, int n) {
    return IntStream.range(0, n).map(f).toArray();
  }

  @Test
  void nestedBranchesMeetAgain() {
    String body =
        """
        and.b32 %r5, %r3, 1;
        setp.ne.u32 %p0, %r5, 0;
        mov.u32 %r4, 0;
        @%p0 bra ODD;
        and.b32 %r5, %r3, 2;
        setp.ne.u32 %p1, %r5, 0;
        @%p1 bra TWO;
        add.u32 %r4, %r4, 1;
        bra EVEN;
        TWO:
        add.u32 %r4, %r4, 2;
        EVEN:
        activemask.b32 %r6;
        bra JOIN;
        ODD:
        add.u32 %r4, %r4, 3;
        activemask.b32 %r6;
        JOIN:
        activemask.b32 %r7;
        setp.ne.b32 %p2, %r7, -1;
        @%p2 trap;
        popc.b32 %r6, %r6;
        mad.lo.u32 %r4, %r6, 100, %r4;
        """;
    try (Lab lab = new Lab()) {
      assertArrayEquals(
          of(i -> 1600 + ((i & 1) != 0 ? 3 : (i & 2) != 0 ? 2 : 1), 32), lab.warp(body));
    }
  }

  @Test
  void loopsEndLaneByLane() {
    // Collatz steps with a break in the middle and a continue: three ways through a loop.
    String body =
        """
        add.u32 %r5, %r3, 1;
        mov.u32 %r4, 0;
        LOOP:
        setp.le.u32 %p0, %r5, 1;
        @%p0 bra DONE;
        add.u32 %r4, %r4, 1;
        and.b32 %r6, %r5, 1;
        setp.ne.u32 %p1, %r6, 0;
        @%p1 bra ODD;
        shr.u32 %r5, %r5, 1;
        bra LOOP;
        ODD:
        mad.lo.u32 %r5, %r5, 3, 1;
        bra.uni LOOP;
        DONE:
        activemask.b32 %r7;
        setp.ne.b32 %p2, %r7, -1;
        @%p2 trap;
        """;
    int[] steps = new int[32];
    for (int i = 0; i < 32; i++) {
      for (int n = i + 1; n > 1; n = n % 2 == 0 ? n / 2 : 3 * n + 1) {
        steps[i]++;
      }
    }
    try (Lab lab = new Lab()) {
      assertArrayEquals(steps, lab.warp(body));
    }
  }

  @Test
  void lanesMayEndInsideOfBranchesAndLoops() {
    String body =
        """
        mov.u32 %r4, 0;
        st.global.b32 [%d2], %r4;
        LOOP:
        add.u32 %r4, %r4, 1;
        setp.gt.u32 %p0, %r4, %r3;
        @%p0 st.global.b32 [%d2], %r4;
        @%p0 exit;
        setp.lt.u32 %p1, %r3, 8;
        @%p1 bra LOW;
        setp.eq.u32 %p2, %r4, 3;
        @%p2 bra OUT;
        bra LOOP;
        LOW:
        bra LOOP;
        OUT:
        mov.u32 %r5, 77;
        st.global.b32 [%d2], %r5;
        """;
    try (Lab lab = new Lab()) {
      assertArrayEquals(of(i -> i < 8 ? i + 1 : 77, 32), lab.run(body, 1, 32));
    }
  }

  @Test
  void aLoopThatOnlyTheEndLeavesMeetsInside() {
    String body =
        """
        mov.u32 %r5, 0;
        JOBS:
        setp.ge.u32 %p0, %r5, 3;
        @%p0 bra FINISHED;
        mov.u32 %r6, 0;
        INNER:
        setp.gt.u32 %p1, %r6, %r3;
        @%p1 bra JOIN;
        add.u32 %r6, %r6, 1;
        bra INNER;
        JOIN:
        shfl.sync.idx.b32 %r4, %r6, 31, 31, -1;
        add.u32 %r5, %r5, 1;
        st.global.b32 [%d2], %r4;
        bra JOBS;
        FINISHED:
        """;
    try (Lab lab = new Lab()) {
      assertArrayEquals(of(i -> 32, 32), lab.run(body, 1, 32));
    }
  }

  @Test
  void earlyExitsInBranchesDoNotPartTheOthers() {
    String body =
        """
        setp.ge.u32 %p0, %r3, 8;
        @%p0 bra SECOND;
        setp.eq.u32 %p1, %r3, 3;
        @%p1 bra END;
        SECOND:
        activemask.b32 %r4;
        st.global.b32 [%d2], %r4;
        END:
        """;
    try (Lab lab = new Lab()) {
      int[] y = lab.run(body, 1, 32);
      assertEquals(~8, y[0]);
      assertEquals(~8, y[31]);
      assertEquals(0, y[3]);
    }
  }

  @Test
  void aBlockSumsThroughSharedMemory() {
    String body =
        """
        .shared .align 4 .f32 sums[32];
        cvt.rn.f32.u32 %f0, %r3;
        shfl.sync.down.b32 %f1, %f0, 16, 31, -1;
        add.rn.f32 %f0, %f0, %f1;
        shfl.sync.down.b32 %f1, %f0, 8, 31, -1;
        add.rn.f32 %f0, %f0, %f1;
        shfl.sync.down.b32 %f1, %f0, 4, 31, -1;
        add.rn.f32 %f0, %f0, %f1;
        shfl.sync.down.b32 %f1, %f0, 2, 31, -1;
        add.rn.f32 %f0, %f0, %f1;
        shfl.sync.down.b32 %f1, %f0, 1, 31, -1;
        add.rn.f32 %f0, %f0, %f1;
        mov.u32 %r5, %laneid;
        mov.u32 %r6, %warpid;
        mov.u32 %r7, sums;
        mad.lo.u32 %r8, %r6, 4, %r7;
        setp.eq.u32 %p0, %r5, 0;
        @%p0 st.shared.f32 [%r8], %f0;
        bar.sync 0;
        mov.f32 %f2, 0f00000000;
        mov.u32 %r9, 0;
        ADD:
        mad.lo.u32 %r8, %r9, 4, %r7;
        ld.shared.f32 %f1, [%r8];
        add.rn.f32 %f2, %f2, %f1;
        add.u32 %r9, %r9, 1;
        setp.lt.u32 %p1, %r9, 8;
        @%p1 bra ADD;
        cvt.rzi.u32.f32 %r4, %f2;
        st.global.b32 [%d2], %r4;
        """;
    try (Lab lab = new Lab()) {
      assertArrayEquals(of(i -> 255 * 128, 4 * 256), lab.run(body, 4, 256));
    }
  }

  @Test
  void namedBarriersLetWarpsProduceAndConsume() {
    String body =
        """
        .shared .b32 box[32];
        mov.u32 %r5, box;
        and.b32 %r6, %r3, 31;
        mad.lo.u32 %r5, %r6, 4, %r5;
        mov.u32 %r7, 0;
        setp.ge.u32 %p0, %r3, 32;
        @%p0 bra CONSUMER;
        PRODUCER:
        bar.sync 2, 64;
        add.u32 %r8, %r7, %r6;
        st.shared.b32 [%r5], %r8;
        bar.arrive 1, 64;
        add.u32 %r7, %r7, 1;
        setp.lt.u32 %p1, %r7, 10;
        @%p1 bra PRODUCER;
        bra END;
        CONSUMER:
        mov.u32 %r4, 0;
        NEXT:
        barrier.arrive 2, 64;
        barrier.sync 1, 64;
        ld.shared.b32 %r8, [%r5];
        add.u32 %r4, %r4, %r8;
        add.u32 %r7, %r7, 1;
        setp.lt.u32 %p1, %r7, 10;
        @%p1 bra NEXT;
        st.global.b32 [%d2], %r4;
        END:
        """;
    try (Lab lab = new Lab()) {
      assertArrayEquals(of(i -> i < 32 ? 0 : 45 + 10 * (i - 32), 64), lab.run(body, 1, 64));
    }
  }

  @Test
  void warpBarriersOrderTheLanesOfAWarp() {
    String body =
        """
        .shared .b32 box[32];
        mov.u32 %r5, box;
        mad.lo.u32 %r6, %r3, 4, %r5;
        st.shared.b32 [%r6], %r3;
        bar.warp.sync 0xffffffff;
        xor.b32 %r6, %r6, 124;
        ld.shared.b32 %r4, [%r6];
        """;
    try (Lab lab = new Lab()) {
      assertArrayEquals(of(i -> 31 - i, 32), lab.warp(body));
    }
  }

  @Test
  void shufflesMoveValuesWithinSegments() {
    try (Lab lab = new Lab()) {
      assertArrayEquals(
          of(i -> i < 3 ? 100 + i : i - 3, 32),
          lab.warp(
              """
              shfl.sync.up.b32 %r4|%p0, %r3, 3, 0, -1;
              @!%p0 add.u32 %r4, %r4, 100;
              """));
      assertArrayEquals(
          of(i -> (i & 7) < 5 ? i + 3 : i, 32),
          lab.warp("shfl.sync.down.b32 %r4, %r3, 3, 0x181f, -1;"));
      assertArrayEquals(
          of(i -> (i & 24) + 2, 32), lab.warp("shfl.sync.idx.b32 %r4, %r3, 2, 0x181f, -1;"));
      assertArrayEquals(of(i -> i ^ 5, 32), lab.warp("shfl.sync.bfly.b32 %r4, %r3, 5, 31, -1;"));
      assertArrayEquals(
          of(i -> i < 16 ? i ^ 1 : i, 32),
          lab.warp(
              """
              mov.u32 %r4, %r3;
              setp.lt.u32 %p0, %r3, 16;
              @%p0 shfl.sync.bfly.b32 %r4, %r3, 1, 31, 0xffff;
              """));
    }
  }

  @Test
  void votesCountLanes() {
    try (Lab lab = new Lab()) {
      assertArrayEquals(
          of(i -> 0x1ff, 32),
          lab.warp("setp.lt.u32 %p0, %r3, 9;\nvote.sync.ballot.b32 %r4, %p0, -1;"));
      String body =
          """
          setp.lt.u32 %%p0, %%r3, %d;
          vote.sync.all.pred %%p1, %%p0, -1;
          vote.sync.any.pred %%p2, %%p0, -1;
          vote.sync.uni.pred %%p3, %%p0, -1;
          selp.u32 %%r4, 1, 0, %%p1;
          @%%p2 add.u32 %%r4, %%r4, 2;
          @%%p3 add.u32 %%r4, %%r4, 4;
          """;
      assertEquals(4, lab.warp(body.formatted(0))[7]);
      assertEquals(2, lab.warp(body.formatted(9))[7]);
      assertEquals(7, lab.warp(body.formatted(32))[7]);
      for (String op : new String[] {"add.s32", "min.u32", "max.s32", "or.b32"}) {
        int expected = op.startsWith("add") ? 496 : op.startsWith("min") ? 0 : 31;
        assertEquals(expected, lab.warp("redux.sync." + op + " %r4, %r3, -1;")[3]);
      }
    }
  }

  @Test
  void functionsTakeRegistersAndParameters() {
    String text =
        Lab.text(
                """
                call (%r4), square, (%r3);
                {
                  .param .b32 in0;
                  .param .b32 out0;
                  st.param.b32 [in0], %r4;
                  call.uni (out0), plus_one, (in0);
                  ld.param.b32 %r5, [out0];
                }
                call nothing;
                st.global.b32 [%d2], %r5;
                """)
            .replace(
                ".visible",
                """
                .func nothing()
                {
                  .shared .b32 unused;
                  ret;
                }
                .func (.reg .u32 %y) square(.reg .u32 %x)
                {
                  .reg .pred %small;
                  setp.lt.u32 %small, %x, 3;
                  @%small bra SMALL;
                  mul.lo.u32 %y, %x, %x;
                  ret;
                SMALL:
                  mov.u32 %y, 1000;
                }
                .func (.param .b32 y) plus_one(.param .b32 x)
                {
                  .reg .u32 %t;
                  ld.param.b32 %t, [x];
                  add.u32 %t, %t, 1;
                  st.param.b32 [y], %t;
                  ret;
                }
                .visible\
                """);
    PtxModule module = PtxModule.parse("func.ptx", text);
    assertEquals(java.util.List.of("nothing", "square", "plus_one"), module.functions());
    try (Lab lab = new Lab()) {
      long y = lab.device.allocate(128);
      lab.device.launch(module, "k", Dim3.of(1), Dim3.of(32), 0, Lab.arguments(y, y, 0));
      int[] out = new int[32];
      lab.device.copyOut(y, out);
      assertArrayEquals(of(i -> i < 3 ? 1001 : i * i + 1, 32), out);
    }
  }
}
