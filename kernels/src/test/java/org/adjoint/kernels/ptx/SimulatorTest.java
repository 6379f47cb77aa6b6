package org.adjoint.kernels.ptx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.adjoint.tensor.AdjointException;
import org.junit.jupiter.api.Test;

/** Memory, geometry and what blocks share. */
class SimulatorTest {
  private static int[] of(java.util.function.IntUnaryOperator f, int n) {
    return IntStream.range(0, n).map(f).toArray();
  }

  @Test
  void memoryIsCopiedFilledAndFreed() {
    try (Simulator device = new Simulator();
        Arena arena = Arena.ofConfined()) {
      long a = device.allocate(16);
      long b = device.allocate(16);
      assertEquals(0, a % 256);
      assertEquals(32, device.bytesLive());
      assertEquals(2, device.allocationsLive());
      device.copyIn(a, new int[] {1, 2, 3, 4});
      device.copy(b + 4, a, 8);
      device.fill(b, 4, -1);
      device.fillWords(b + 12, 1, 9);
      int[] words = new int[4];
      device.copyOut(b, words);
      assertArrayEquals(new int[] {-1, 1, 2, 9}, words);
      byte[] bytes = new byte[4];
      device.copyOut(a + 4, bytes);
      assertArrayEquals(new byte[] {2, 0, 0, 0}, bytes);
      device.copyIn(a, new byte[] {7});
      float[] floats = {1.5f, -2f};
      device.copyIn(a + 8, floats);
      float[] back = new float[2];
      device.copyOut(a + 8, back);
      assertArrayEquals(floats, back);
      MemorySegment outside = arena.allocate(4);
      device.copyOut(a, outside);
      assertEquals(7, outside.get(java.lang.foreign.ValueLayout.JAVA_INT, 0));
      device.free(a);
      assertEquals(16, device.bytesLive());
      device.free(b);
      assertEquals(0, device.allocationsLive());
    }
  }

  @Test
  void memoryRefusesWhatDoesNotFit() {
    try (Simulator device = new Simulator(Checks.MEMORY, 1, 1000)) {
      assertEquals(Checks.MEMORY, device.checks());
      long a = device.allocate(600);
      AdjointException full = assertThrows(AdjointException.class, () -> device.allocate(401));
      assertTrue(full.getMessage().contains("1000 bytes and 600 are in use"), full.getMessage());
      assertThrows(AdjointException.class, () -> device.allocate(0));
      assertThrows(AdjointException.class, () -> device.allocate(1L << 31));
      assertThrows(AdjointException.class, () -> device.free(a + 4));
      assertThrows(AdjointException.class, () -> device.free(77));
      assertThrows(AdjointException.class, () -> device.fill(a, 601, 0));
      assertThrows(AdjointException.class, () -> device.fill(a, -1, 0));
      assertThrows(AdjointException.class, () -> device.copy(a, a + 300, 301));
      device.free(a);
      AdjointException twice = assertThrows(AdjointException.class, () -> device.free(a));
      assertTrue(twice.getMessage().contains("freed before"), twice.getMessage());
      AdjointException after =
          assertThrows(AdjointException.class, () -> device.copyOut(a, new byte[1]));
      assertTrue(after.getMessage().contains("was freed"), after.getMessage());
    }
  }

  @Test
  void addressesAreNotUsedTwiceUntilTheSpaceIsFull() {
    try (Simulator device = new Simulator(Checks.FAST, 1, 1L << 20)) {
      long first = device.allocate(8);
      long kept = device.allocate(8);
      long last = kept;
      for (int i = 0; i < 400_000; i++) {
        long next = device.allocate(8);
        assertTrue(next != last && next != kept && next != first);
        device.free(next);
        last = next;
      }
      assertEquals(2, device.allocationsLive());
    }
  }

  @Test
  void aForgottenRangeIsUninitialised() {
    try (Lab lab = new Lab()) {
      long x = lab.put(1, 2);
      lab.device.forget(x + 4, 4);
      long y = lab.device.allocate(8);
      PtxFault fault =
          assertThrows(
              PtxFault.class,
              () ->
                  lab.device.launch(
                      Lab.kernel("ld.global.b32 %r4, [%d3];"),
                      "k",
                      Dim3.of(1),
                      Dim3.of(2),
                      0,
                      Lab.arguments(y, x, 2)));
      assertEquals(PtxFault.Kind.UNINITIALISED_MEMORY, fault.kind());
      assertEquals(x + 4, fault.address());
    }
  }

  @Test
  void specialRegistersSayWhereAThreadIs() {
    String text =
        Lab.header()
            + """
            .visible .entry where(.param .u64 y)
            {
              .reg .b32 %r<16>;
              .reg .b64 %d<4>;
              .reg .b16 %h;
              ld.param.u64 %d0, [y];
              mov.u32 %r0, %tid.x;
              mov.u32 %r1, %tid.y;
              mov.u32 %r2, %tid.z;
              mad.lo.u32 %r3, %r2, %ntid.y, %r1;
              mad.lo.u32 %r3, %r3, %ntid.x, %r0;
              mov.u32 %r4, %ctaid.z;
              mad.lo.u32 %r4, %r4, %nctaid.y, %ctaid.y;
              mad.lo.u32 %r4, %r4, %nctaid.x, %ctaid.x;
              mad.lo.u32 %r5, %r4, 42, %r3;
              mad.wide.u32 %d1, %r5, 4, %d0;
              mov.u32 %r6, %laneid;
              mov.u32 %r7, %warpid;
              mad.lo.u32 %r6, %r7, 32, %r6;
              mul.lo.u32 %r6, %r6, %nwarpid;
              mul.lo.u32 %r6, %r6, %ntid.z;
              mul.lo.u32 %r6, %r6, %nctaid.z;
              st.global.b32 [%d1], %r6;
              ret;
            }
            """;
    PtxModule module = PtxModule.parse("where.ptx", text);
    Dim3 grid = new Dim3(2, 3, 4);
    Dim3 block = new Dim3(7, 3, 2);
    try (Lab lab = new Lab()) {
      int[] y = new int[24 * 42];
      long to = lab.device.allocate(4L * y.length);
      byte[] arguments = Arrays.copyOf(Lab.arguments(to, 0, 0), 8);
      lab.device.launch(module, "where", grid, block, 0, arguments);
      lab.device.copyOut(to, y);
      assertArrayEquals(of(i -> i % 42 * 2 * 2 * 4, y.length), y);
    }
    assertEquals("(7, 3, 2)", block.toString());
    assertEquals(new Dim3(5, 6, 1), Dim3.of(5, 6));
  }

  @Test
  void lanemasksAndClocksAreKnown() {
    try (Lab lab = new Lab()) {
      assertArrayEquals(
          of(i -> 1, 32),
          lab.warp(
              """
              mov.u32 %r5, %lanemask_lt;
              mov.u32 %r6, %lanemask_ge;
              xor.b32 %r5, %r5, %r6;
              mov.u32 %r6, %lanemask_le;
              mov.u32 %r7, %lanemask_gt;
              xor.b32 %r6, %r6, %r7;
              and.b32 %r5, %r5, %r6;
              mov.u32 %r6, %lanemask_eq;
              or.b32 %r5, %r5, %r6;
              setp.eq.s32 %p0, %r5, -1;
              mov.u32 %r6, %clock;
              mov.u64 %d4, %clock64;
              mov.u32 %r7, %clock;
              setp.lt.and.u32 %p0, %r6, %r7, %p0;
              mov.u32 %r7, %smid;
              setp.lt.and.u32 %p0, %r7, %nsmid, %p0;
              mov.u32 %r7, %total_smem_size;
              setp.eq.and.u32 %p0, %r7, %dynamic_smem_size, %p0;
              selp.u32 %r4, 1, 0, %p0;
              """));
    }
  }

  @Test
  void atomicsAddUpOverBlocks() {
    String body =
        """
        red.global.add.u32 [%d1], 1;
        red.global.max.s32 [%d1+4], %r1;
        red.global.min.u32 [%d1+8], %r1;
        red.global.or.b32 [%d1+12], %r1;
        red.global.and.b32 [%d1+16], %r1;
        red.global.xor.b32 [%d1+20], %r1;
        """;
    try (Lab lab = new Lab()) {
      for (int i = 0; i < 5; i++) {
        long x = lab.put(0, -5, 99, 0, -1, 0);
        lab.device.launch(
            Lab.kernel(body), "k", Dim3.of(16), Dim3.of(64), 0, Lab.arguments(x, x, 0));
        int[] y = new int[6];
        lab.device.copyOut(x, y);
        assertArrayEquals(new int[] {1024, 1023, 0, 1023, 0, 0}, y);
      }
    }
  }

  @Test
  void atomicsReturnWhatWasThere() {
    String body =
        """
        atom.global.add.u32 %r4, [%d1], 2;
        atom.global.inc.u32 %r5, [%d1+4], 9;
        atom.global.dec.u32 %r6, [%d1+8], 9;
        atom.global.exch.b32 %r7, [%d1+12], %r3;
        atom.global.cas.b32 %r8, [%d1+16], 5, 6;
        mov.f32 %f0, 0f3F000000;
        red.global.add.f32 [%d1+20], %f0;
        cvt.u64.u32 %d4, %r3;
        atom.global.add.u64 %d5, [%d1+24], %d4;
        red.global.max.u64 [%d1+32], %d4;
        mov.f64 %g0, 0d3FF8000000000000;
        red.global.add.f64 [%d1+40], %g0;
        st.global.b32 [%d2], %r4;
        """;
    try (Lab lab = new Lab()) {
      long x = lab.put(0, 0, 3, 7, 5, 0, 0, 0, 0, 0, 0, 0);
      long y = lab.device.allocate(256);
      lab.device.launch(Lab.kernel(body), "k", Dim3.of(2), Dim3.of(32), 0, Lab.arguments(y, x, 0));
      int[] after = new int[12];
      lab.device.copyOut(x, after);
      assertArrayEquals(
          new int[] {
            128,
            64 % 10,
            9,
            31,
            6,
            Float.floatToIntBits(32f),
            2 * 496,
            0,
            31,
            0,
            0,
            (int) (Double.doubleToLongBits(96.0) >>> 32)
          },
          after);
      int[] before = new int[64];
      lab.device.copyOut(y, before);
      assertArrayEquals(of(i -> 2 * i, 64), before);
    }
  }

  @Test
  void theResultDoesNotDependOnTheNumberOfThreads() {
    String body = "cvt.rn.f32.u32 %f0, %r1;\nred.global.add.f32 [%d1], %f0;\n";
    int[] bits = new int[2];
    for (int threads = 1; threads <= 2; threads++) {
      try (Simulator device = new Simulator(Checks.FULL, threads, 1 << 20)) {
        long x = device.allocate(4);
        device.copyIn(x, new float[] {0.1f});
        device.launch(Lab.kernel(body), "k", Dim3.of(100), Dim3.of(33), 0, Lab.arguments(x, x, 0));
        int[] y = new int[1];
        device.copyOut(x, y);
        bits[threads - 1] = y[0];
        assertTrue(device.instructions() > 100);
      }
    }
    assertEquals(bits[0], bits[1]);
  }

  @Test
  void asynchronousCopiesArriveByGroups() {
    String body =
        """
        .shared .align 16 .b32 tile[64];
        mov.u32 %r5, tile;
        mad.lo.u32 %r5, %r3, 4, %r5;
        setp.lt.u32 %p0, %r3, 20;
        selp.u32 %r6, 4, 0, %p0;
        cp.async.ca.shared.global [%r5], [%d3], 4, %r6;
        cp.async.commit_group;
        cp.async.ca.shared.global [%r5+128], [%d3], 4;
        cp.async.commit_group;
        cp.async.wait_group 1;
        ld.shared.b32 %r4, [%r5];
        cp.async.wait_all;
        ld.shared.b32 %r7, [%r5+128];
        mad.lo.u32 %r4, %r7, 100, %r4;
        """;
    try (Lab lab = new Lab()) {
      assertArrayEquals(
          of(i -> 100 * (i + 1) + (i < 20 ? i + 1 : 0), 32), lab.warp(body, of(i -> i + 1, 32)));
      PtxFault fault =
          assertThrows(
              PtxFault.class,
              () -> lab.warp(body.replace("selp.u32 %r6, 4", "selp.u32 %r6, 5"), new int[32]));
      assertEquals(PtxFault.Kind.ASYNC, fault.kind());
    }
  }

  @Test
  void dynamicSharedMemoryHasTheSizeOfTheLaunch() {
    String text =
        Lab.text(
                """
                mov.u32 %r4, pool;
                mad.lo.u32 %r4, %r3, 4, %r4;
                st.shared.b32 [%r4], %r3;
                ld.shared.b32 %r5, [%r4];
                st.global.b32 [%d2], %r5;
                """)
            .replace(".visible", ".extern .shared .align 16 .b8 pool[];\n.visible");
    PtxModule module = PtxModule.parse("pool.ptx", text);
    try (Lab lab = new Lab()) {
      long y = lab.device.allocate(128);
      byte[] arguments = Lab.arguments(y, y, 0);
      lab.device.launch(module, "k", Dim3.of(1), Dim3.of(32), 128, arguments);
      PtxFault fault =
          assertThrows(
              PtxFault.class,
              () -> lab.device.launch(module, "k", Dim3.of(1), Dim3.of(32), 124, arguments));
      assertEquals(PtxFault.Kind.OUT_OF_BOUNDS, fault.kind());
      assertEquals(new Dim3(31, 0, 0), fault.thread());
    }
  }

  @Test
  void genericAddressesReachAllSpaces() {
    String body =
        """
        .shared .b32 box[32];
        .local .b32 mine[2];
        mov.u64 %d4, box;
        mad.wide.u32 %d4, %r3, 4, %d4;
        cvta.shared.u64 %d5, %d4;
        st.b32 [%d5], %r3;
        ld.shared.b32 %r5, [%d4];
        cvta.to.shared.u64 %d6, %d5;
        ld.shared.b32 %r6, [%d6];
        mov.u64 %d7, mine;
        cvta.local.u64 %d7, %d7;
        st.b32 [%d7+4], %r4;
        ld.local.b32 %r7, [mine+4];
        ld.b32 %r8, [%d3];
        // Even lanes read shared memory, odd lanes global memory, in one instruction.
        and.b32 %r9, %r3, 1;
        setp.eq.u32 %p0, %r9, 0;
        selp.b64 %d8, %d5, %d3, %p0;
        ld.b32 %r9, [%d8];
        add.u32 %r4, %r5, %r6;
        add.u32 %r4, %r4, %r7;
        add.u32 %r4, %r4, %r8;
        add.u32 %r4, %r4, %r9;
        """;
    try (Lab lab = new Lab()) {
      assertArrayEquals(
          of(i -> 2 * i + 2000 + (i % 2 == 0 ? i : 1000), 32), lab.warp(body, of(i -> 1000, 32)));
    }
  }

  @Test
  void moduleVariablesAreInitialisedAndShared() {
    String text =
        Lab.text(
                """
                ld.const.b32 %r4, [table+4];
                mov.u64 %d4, counter;
                cvta.to.global.u64 %d4, %d4;
                atom.global.add.u32 %r5, [%d4], %r4;
                """)
            .replace(
                ".visible",
                """
                .const .align 4 .u32 table[3] = {5, 6, 7};
                .global .u32 counter;
                .global .f32 floats[] = {0f3F800000, 2.5};
                .global .f64 real = 1.5;
                .global .u8 bytes[2] = {1, 2};
                .global .u16 halves[2] = {1, 2};
                .global .u64 longs[2] = {1, -2};
                .visible\
                """);
    PtxModule module = PtxModule.parse("vars.ptx", text);
    assertEquals(7, module.variables().size());
    try (Lab lab = new Lab();
        Simulator other = new Simulator()) {
      long y = lab.device.allocate(128);
      for (int i = 1; i <= 2; i++) {
        lab.device.launch(module, "k", Dim3.of(1), Dim3.of(32), 0, Lab.arguments(y, y, 0));
        int[] count = new int[1];
        lab.device.copyOut(lab.device.symbol(module, "counter"), count);
        assertEquals(i * 32 * 6, count[0]);
      }
      float[] floats = new float[2];
      other.copyOut(other.symbol(module, "floats"), floats);
      assertArrayEquals(new float[] {1, 2.5f}, floats);
      int[] longs = new int[4];
      other.copyOut(other.symbol(module, "longs"), longs);
      assertArrayEquals(new int[] {1, 0, -2, -1}, longs);
      assertThrows(PtxException.class, () -> other.symbol(module, "nothing"));
    }
  }

  @Test
  void aGuardIsAskedBeforeMemoryIsUsed() {
    try (Simulator device = new Simulator()) {
      PtxModule module = PtxModule.load("unary.ptx");
      long x = device.allocate(16);
      long y = device.allocate(16);
      device.copyIn(x, new float[] {1, 2, 3, 4});
      ByteBuffer packed = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN);
      packed.putLong(y).putLong(x).putInt(1).putInt(4).putInt(0).putInt(1);
      byte[] arguments = packed.array();
      List<String> asked = new ArrayList<>();
      AccessGuard listener =
          (allocation, write) -> {
            asked.add((write ? "writes " : "reads ") + (allocation == x ? "x" : "y"));
            return null;
          };
      device.launch(module, "neg_f32", Dim3.of(1), Dim3.of(32), 0, arguments, listener);
      assertEquals(List.of("reads x", "writes y"), asked);
      AccessGuard against = (allocation, write) -> write ? "a copy still reads" : null;
      PtxFault fault =
          assertThrows(
              PtxFault.class,
              () ->
                  device.launch(module, "neg_f32", Dim3.of(1), Dim3.of(32), 0, arguments, against));
      assertEquals(PtxFault.Kind.UNORDERED, fault.kind());
      assertTrue(fault.getMessage().contains("which a copy still reads"), fault.getMessage());
    }
  }
}
