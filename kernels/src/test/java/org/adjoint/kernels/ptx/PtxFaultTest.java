package org.adjoint.kernels.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.adjoint.kernels.ptx.PtxFault.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Plants mistakes into kernels; each must be found, with its kind, line and thread. */
class PtxFaultTest {
  /**
   * A kernel with a mistake.
   *
   * @param name what is wrong
   * @param kind the kind to be found
   * @param blocks the blocks of the launch
   * @param threads the threads of a block
   * @param at a piece of the line to be named
   * @param body the kernel
   */
  record Planted(String name, Kind kind, int blocks, int threads, String at, String body) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final String TILE =
      ".shared .align 16 .b32 tile[64];\nmov.u32 %r4, tile;\nmad.lo.u32 %r5, %r3, 4, %r4;\n";

  static List<Planted> planted() {
    return List.of(
        new Planted(
            "a missing barrier before a tile is read",
            Kind.UNINITIALISED_MEMORY,
            1,
            64,
            "ld.shared.b32",
            TILE
                + """
                st.shared.b32 [%r5], %r3;
                xor.b32 %r6, %r3, 32;
                mad.lo.u32 %r6, %r6, 4, %r4;
                ld.shared.b32 %r7, [%r6];
                st.global.b32 [%d2], %r7;
                """),
        new Planted(
            "a missing bar.warp.sync",
            Kind.RACE,
            1,
            32,
            "ld.shared.b32",
            TILE
                + """
                st.shared.b32 [%r5], %r3;
                xor.b32 %r6, %r3, 1;
                mad.lo.u32 %r6, %r6, 4, %r4;
                ld.shared.b32 %r7, [%r6];
                """),
        new Planted(
            "a missing barrier before a tile is overwritten",
            Kind.RACE,
            1,
            64,
            "ld.shared",
            TILE
                + """
                st.shared.b32 [%r5], %r3;
                bar.sync 0;
                xor.b32 %r6, %r3, 32;
                mad.lo.u32 %r6, %r6, 4, %r4;
                ld.shared.b32 %r7, [%r6];
                st.shared.b32 [%r5], %r7;
                """),
        new Planted(
            "a lane overwrites what its neighbour has just read",
            Kind.RACE,
            1,
            32,
            "st.shared.b32 [%r5], %r7",
            TILE
                + """
                st.shared.b32 [%r5], %r3;
                bar.warp.sync -1;
                xor.b32 %r6, %r3, 1;
                mad.lo.u32 %r6, %r6, 4, %r4;
                ld.shared.b32 %r7, [%r6];
                st.shared.b32 [%r5], %r7;
                """),
        new Planted(
            "a lane overwrites what it and then its neighbour have read",
            Kind.RACE,
            1,
            32,
            "st.shared.b32 [%r5], %r7",
            TILE
                + """
                st.shared.b32 [%r5], %r3;
                bar.warp.sync -1;
                xor.b32 %r6, %r3, 1;
                mad.lo.u32 %r6, %r6, 4, %r4;
                ld.shared.b32 %r7, [%r5];
                ld.shared.b32 %r7, [%r6];
                st.shared.b32 [%r5], %r7;
                """),
        new Planted(
            "all threads write one word",
            Kind.RACE,
            1,
            64,
            "st.global",
            "st.global.b32 [%d0], %r3;"),
        new Planted(
            "two blocks write one word", Kind.RACE, 2, 1, "st.global", "st.global.b32 [%d0], %r1;"),
        new Planted(
            "a block reads what another writes",
            Kind.RACE,
            2,
            32,
            "",
            "st.global.b32 [%d2], %r1;\nld.global.b32 %r4, [%d0];"),
        new Planted(
            "a plain read beside atomics",
            Kind.RACE,
            1,
            64,
            "",
            "red.global.add.u32 [%d1], 1;\nld.global.b32 %r4, [%d1];"),
        new Planted(
            "an off-by-one bound",
            Kind.OUT_OF_BOUNDS,
            2,
            32,
            "st.global",
            "setp.gt.u32 %p0, %r1, %r0;\n@!%p0 st.global.b32 [%d2+4], %r1;"),
        new Planted(
            "an index below the start",
            Kind.OUT_OF_BOUNDS,
            1,
            32,
            "ld.global",
            "ld.global.b32 %r4, [%d3+-4];"),
        new Planted(
            "a wrong stride",
            Kind.OUT_OF_BOUNDS,
            1,
            32,
            "st.global",
            "mad.wide.u32 %d4, %r1, 8, %d0;\nst.global.b32 [%d4], %r1;"),
        new Planted(
            "shared memory too small",
            Kind.OUT_OF_BOUNDS,
            1,
            128,
            "st.shared",
            TILE + "st.shared.b32 [%r5], %r3;"),
        new Planted(
            "a null pointer", Kind.OUT_OF_BOUNDS, 1, 1, "ld.global", "ld.global.b32 %r4, [0];"),
        new Planted(
            "local memory overrun",
            Kind.OUT_OF_BOUNDS,
            1,
            32,
            "st.local",
            ".local .align 4 .b32 mine[4];\nmov.u32 %r4, mine;\nst.local.b32 [%r4+16], %r3;"),
        new Planted(
            "a parameter read beyond the last",
            Kind.OUT_OF_BOUNDS,
            1,
            1,
            "ld.param.u64 %d4",
            "ld.param.u64 %d4, [n+8];"),
        new Planted(
            "uninitialised shared memory",
            Kind.UNINITIALISED_MEMORY,
            1,
            32,
            "ld.shared",
            TILE + "ld.shared.b32 %r6, [%r5];"),
        new Planted(
            "uninitialised global memory",
            Kind.UNINITIALISED_MEMORY,
            1,
            32,
            "ld.global",
            "ld.global.b32 %r4, [%d2];"),
        new Planted(
            "half a word written",
            Kind.UNINITIALISED_MEMORY,
            1,
            1,
            "ld.shared.b32",
            TILE
                + """
                mov.b16 %h0, 7;
                st.shared.b16 [%r5], %h0;
                ld.shared.b32 %r6, [%r5];
                """),
        new Planted(
            "atomics on an uninitialised counter",
            Kind.UNINITIALISED_MEMORY,
            1,
            32,
            "red.global",
            "red.global.add.u32 [%d0], 1;"),
        new Planted(
            "an accumulator that was not cleared",
            Kind.UNINITIALISED_REGISTER,
            1,
            32,
            "add.rn.f32",
            "add.rn.f32 %f0, %f0, 0f3F800000;"),
        new Planted(
            "a register written on one way only",
            Kind.UNINITIALISED_REGISTER,
            1,
            32,
            "st.global",
            "setp.lt.u32 %p0, %r3, 7;\n@%p0 mov.u32 %r4, 1;\nst.global.b32 [%d2], %r4;"),
        new Planted(
            "an uninitialised guard",
            Kind.UNINITIALISED_REGISTER,
            1,
            32,
            "@%p5",
            "@%p5 mov.u32 %r4, 1;"),
        new Planted(
            "a misaligned vector load",
            Kind.MISALIGNED,
            1,
            2,
            "ld.global.v4",
            "ld.global.v4.f32 {%f0, %f1, %f2, %f3}, [%d1+4];"),
        new Planted(
            "a misaligned word", Kind.MISALIGNED, 1, 1, "ld.global", "ld.global.b32 %r4, [%d1+2];"),
        new Planted(
            "a barrier in one branch of a warp",
            Kind.DIVERGENT_BARRIER,
            1,
            32,
            "bar.sync",
            "setp.lt.u32 %p0, %r3, 16;\n@!%p0 bra SKIP;\nbar.sync 0;\nSKIP:"),
        new Planted(
            "a barrier that one warp skips",
            Kind.DIVERGENT_BARRIER,
            1,
            64,
            "bar.sync",
            "setp.lt.u32 %p0, %r3, 32;\n@!%p0 bra SKIP;\nbar.sync 0;\nSKIP:"),
        new Planted(
            "threads that end before the barrier",
            Kind.DIVERGENT_BARRIER,
            1,
            64,
            "bar.sync",
            "setp.ge.u32 %p0, %r3, 50;\n@%p0 ret;\nbar.sync 0;"),
        new Planted(
            "a barrier for the wrong number of threads",
            Kind.DIVERGENT_BARRIER,
            1,
            64,
            "bar.sync 1, 64",
            "setp.lt.u32 %p0, %r3, 32;\n@%p0 bra A;\nbar.sync 1, 64;\nbra B;\nA:\n"
                + "bar.sync 1, 96;\nB:"),
        new Planted(
            "a barrier for half a warp",
            Kind.DIVERGENT_BARRIER,
            1,
            32,
            "bar.sync",
            "bar.sync 1, 48;"),
        new Planted(
            "a barrier that does not exist",
            Kind.DIVERGENT_BARRIER,
            1,
            32,
            "bar.sync",
            "bar.sync 16;"),
        new Planted(
            "two warps at two barriers",
            Kind.DEADLOCK,
            1,
            64,
            "bar.sync 1",
            "setp.lt.u32 %p0, %r3, 32;\n@%p0 bra A;\nbar.sync 2;\nbra B;\nA:\nbar.sync 1;\nB:"),
        new Planted(
            "a shuffle in one branch",
            Kind.DIVERGENT_WARP,
            1,
            32,
            "shfl",
            """
            setp.lt.u32 %p0, %r3, 16;
            @!%p0 bra SKIP;
            shfl.sync.bfly.b32 %r4, %r3, 1, 31, 0xffffffff;
            SKIP:
            st.global.b32 [%d2], %r3;
            """),
        new Planted(
            "a shuffle that reads a lane which left",
            Kind.DIVERGENT_WARP,
            1,
            32,
            "shfl",
            "setp.ge.u32 %p0, %r3, 20;\n@%p0 ret;\n"
                + "shfl.sync.down.b32 %r4, %r3, 4, 31, 0xffffffff;"),
        new Planted(
            "a shuffle whose mask leaves out the lane itself",
            Kind.DIVERGENT_WARP,
            1,
            32,
            "shfl",
            "shfl.sync.idx.b32 %r4, %r3, 0, 31, 0xffff;"),
        new Planted(
            "a vote of lanes that are elsewhere",
            Kind.DIVERGENT_WARP,
            1,
            32,
            "vote",
            "setp.lt.u32 %p0, %r3, 16;\n@%p0 vote.sync.ballot.b32 %r4, %p0, -1;"),
        new Planted(
            "a write to constants",
            Kind.READ_ONLY,
            1,
            1,
            "st.global",
            ".const .b32 fixed[2] = {1, 2};\nmov.u64 %d4, fixed;\nst.global.b32 [%d4], %r3;"),
        new Planted("an endless loop", Kind.ENDLESS_LOOP, 1, 32, "", "L: bra L;"),
        new Planted("a trap", Kind.TRAP, 1, 1, "trap", "trap;"),
        new Planted(
            "no wait for an asynchronous copy",
            Kind.RACE,
            1,
            32,
            "ld.shared",
            TILE
                + """
                cp.async.ca.shared.global [%r5], [%d3], 4;
                cp.async.commit_group;
                ld.shared.b32 %r6, [%r5];
                """),
        new Planted(
            "no barrier after an asynchronous copy",
            Kind.RACE,
            1,
            32,
            "ld.shared",
            TILE
                + """
                cp.async.ca.shared.global [%r5], [%d3], 4;
                cp.async.commit_group;
                cp.async.wait_group 0;
                xor.b32 %r6, %r5, 4;
                ld.shared.b32 %r6, [%r6];
                """),
        new Planted(
            "an asynchronous copy into a tile that is being read",
            Kind.RACE,
            1,
            64,
            "ld.shared",
            TILE
                + """
                st.shared.b32 [%r5], %r3;
                bar.sync 0;
                xor.b32 %r6, %r5, 128;
                ld.shared.b32 %r6, [%r6];
                cp.async.ca.shared.global [%r5], [%d3], 4;
                """));
  }

  @ParameterizedTest
  @MethodSource("planted")
  void isFound(Planted planted) {
    try (Lab lab = new Lab()) {
      lab.device.instructionLimit(10_000);
      PtxFault fault =
          assertThrows(
              PtxFault.class,
              () -> lab.run(planted.body, planted.blocks, planted.threads, new int[128]));
      assertEquals(planted.kind, fault.kind(), fault.getMessage());
      assertEquals("k", fault.entry());
      assertEquals("lab.ptx", fault.line().file());
      if (!planted.at.isEmpty()) {
        assertEquals(Lab.line(planted.body, planted.at), fault.line().line(), fault.getMessage());
      }
      assertTrue(fault.getMessage().contains("k at lab.ptx:"), fault.getMessage());
      assertTrue(fault.getMessage().contains("block (" + fault.block().x()), fault.getMessage());
    }
  }

  @Test
  void theFastModeStillFindsBounds() {
    try (Lab lab = new Lab(Checks.FAST)) {
      PtxFault fault =
          assertThrows(PtxFault.class, () -> lab.run("st.global.b32 [%d2+4], %r1;", 1, 32));
      assertEquals(Kind.OUT_OF_BOUNDS, fault.kind());
      assertEquals(new Dim3(31, 0, 0), fault.thread());
      assertEquals(
          "k at lab.ptx:21: block (0, 0, 0), thread (31, 0, 0) is OUT_OF_BOUNDS: writes 4 bytes at"
              + " global byte 128 of 128 (address 0x"
              + Long.toHexString(fault.address())
              + "); check the index, the stride and the guard of 'st.global.b32 [%d2+4], %r1;'",
          fault.getMessage());
    }
  }

  @Test
  void theFastModesSkipWhatTheySay() {
    String race = "st.global.b32 [%d0], %r3;";
    String unwritten = "ld.global.b32 %r4, [%d2];";
    try (Lab fast = new Lab(Checks.FAST);
        Lab memory = new Lab(Checks.MEMORY)) {
      assertEquals(31, fast.run(race, 1, 32)[0]);
      assertEquals(31, memory.run(race, 1, 32)[0]);
      assertEquals(0, fast.run(unwritten, 1, 32)[0]);
      assertThrows(PtxFault.class, () -> memory.run(unwritten, 1, 32));
    }
  }

  @Test
  void freedMemoryIsNotUsedAgain() {
    try (Lab lab = new Lab()) {
      long y = lab.put(1, 2);
      long x = lab.put(3, 4);
      lab.device.free(x);
      PtxFault fault =
          assertThrows(
              PtxFault.class,
              () ->
                  lab.device.launch(
                      Lab.kernel("ld.global.b32 %r4, [%d3];"),
                      "k",
                      Dim3.of(1),
                      Dim3.of(1),
                      0,
                      Lab.arguments(y, x, 1)));
      assertEquals(Kind.USE_AFTER_FREE, fault.kind());
      assertEquals(x, fault.address());
    }
  }

  @Test
  void ofSeveralFaultyBlocksTheFirstIsReported() {
    String body = "setp.gt.u32 %p0, %r1, 5;\n@%p0 st.global.b32 [%d2+65536], %r1;";
    for (int i = 0; i < 20; i++) {
      try (Lab lab = new Lab()) {
        PtxFault fault = assertThrows(PtxFault.class, () -> lab.run(body, 64, 1));
        assertEquals(new Dim3(6, 0, 0), fault.block());
      }
    }
  }

  @Test
  void launchesMustFitTheKernel() {
    PtxModule module = Lab.kernel("");
    try (Simulator device = new Simulator()) {
      byte[] good = Lab.arguments(0, 0, 0);
      Dim3 one = Dim3.of(1);
      refused(device, module, one, one, 0, new byte[19], "takes 20");
      refused(device, module, one, one, 0, new byte[24], "24 bytes of arguments");
      refused(device, module, Dim3.of(0), one, 0, good, "the grid (0, 1, 1)");
      refused(device, module, Dim3.of(1, 0), one, 0, good, "the grid");
      refused(device, module, new Dim3(1, 1, 0), one, 0, good, "the grid");
      refused(device, module, Dim3.of(1, 65536), one, 0, good, "65535");
      refused(device, module, new Dim3(1, 1, 65536), one, 0, good, "65535");
      refused(device, module, Dim3.of(1 << 24), one, 0, good, "2^24");
      refused(device, module, one, Dim3.of(1025), 0, good, "1024 threads");
      refused(device, module, one, Dim3.of(0), 0, good, "the block");
      refused(device, module, one, Dim3.of(1, 0), 0, good, "the block");
      refused(device, module, one, new Dim3(1, 1, 0), 0, good, "the block");
      refused(device, module, one, one, 300 << 10, good, "shared memory");
      refused(device, module, one, one, -1, good, "shared memory");
      assertThrows(PtxException.class, () -> device.launch(module, "none", one, one, 0, good));
    }
  }

  private static void refused(
      Simulator device,
      PtxModule module,
      Dim3 grid,
      Dim3 block,
      int shared,
      byte[] arguments,
      String says) {
    PtxFault fault =
        assertThrows(
            PtxFault.class, () -> device.launch(module, "k", grid, block, shared, arguments));
    assertEquals(Kind.LAUNCH, fault.kind());
    assertTrue(fault.getMessage().contains(says), fault.getMessage());
  }
}
