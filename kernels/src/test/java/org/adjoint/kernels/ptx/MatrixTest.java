package org.adjoint.kernels.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Products of small matrices, spread over a warp as the instructions ask for. */
class MatrixTest {
  private static final long SEED = 5;

  private final Random random = new Random(SEED);

  /** Loads A (16 × k) and B (k × 8, by columns) of 16-bit elements with ldmatrix. */
  private static final String HALVES =
      """
      .shared .align 16 .b32 a[128];
      .shared .align 16 .b32 b[64];
      mov.u32 %r5, a;
      mad.lo.u32 %r5, %r3, 16, %r5;
      mad.wide.u32 %d4, %r3, 16, %d1;
      ld.global.v4.b32 {%r6, %r7, %r8, %r9}, [%d4];
      st.shared.v4.b32 [%r5], {%r6, %r7, %r8, %r9};
      mov.u32 %r10, b;
      mad.lo.u32 %r10, %r3, 8, %r10;
      mad.wide.u32 %d4, %r3, 8, %d1;
      ld.global.v2.b32 {%r6, %r7}, [%d4+512];
      st.shared.v2.b32 [%r10], {%r6, %r7};
      bar.warp.sync -1;
      // Rows 0..7 and 8..15 of A, then the same with 8 columns more: 32 bytes a row.
      and.b32 %r11, %r3, 15;
      shr.u32 %r12, %r3, 4;
      mov.u32 %r5, a;
      mad.lo.u32 %r5, %r11, 32, %r5;
      mad.lo.u32 %r5, %r12, 16, %r5;
      ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r6, %r7, %r8, %r9}, [%r5];
      and.b32 %r11, %r3, 7;
      shr.u32 %r12, %r3, 3;
      and.b32 %r12, %r12, 1;
      mov.u32 %r10, b;
      mad.lo.u32 %r10, %r11, 32, %r10;
      mad.lo.u32 %r10, %r12, 16, %r10;
      ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r13, %r14}, [%r10];
      """;

  private static final String RESULT =
      """
      // Element (g, 2t) of the 16 x 8 result.
      shr.u32 %r5, %r3, 2;
      and.b32 %r6, %r3, 3;
      shl.b32 %r5, %r5, 3;
      mad.lo.u32 %r5, %r6, 2, %r5;
      mad.wide.u32 %d4, %r5, 4, %d0;
      st.global.v2.f32 [%d4], {%f0, %f1};
      st.global.v2.f32 [%d4+256], {%f2, %f3};
      """;

  private static float[][] product(PtxType type, int k, int[] a, int[] b, float c) {
    float[][] r = new float[16][8];
    for (int i = 0; i < 16; i++) {
      for (int j = 0; j < 8; j++) {
        double sum = 0;
        for (int l = 0; l < k; l++) {
          sum += (double) Halves.value(type, a[i * k + l]) * Halves.value(type, b[j * k + l]);
        }
        r[i][j] = (float) (sum + c);
      }
    }
    return r;
  }

  private static void check(Lab lab, String body, int[] words, float[][] expected) {
    long x = lab.put(words);
    long y = lab.device.allocate(512);
    lab.device.launch(
        Lab.kernel(body + RESULT), "k", Dim3.of(1), Dim3.of(32), 0, Lab.arguments(y, x, 0));
    float[] r = new float[128];
    lab.device.copyOut(y, r);
    for (int i = 0; i < 128; i++) {
      assertEquals(expected[i / 8][i % 8], r[i], "element " + i / 8 + ", " + i % 8);
    }
  }

  @Test
  void halfAndBrainFloatProducts() {
    try (Lab lab = new Lab()) {
      for (PtxType type : new PtxType[] {PtxType.F16, PtxType.BF16}) {
        int[] a = new int[256];
        int[] b = new int[128];
        int[] words = new int[192];
        for (int i = 0; i < 256; i++) {
          a[i] = Halves.narrow(type, random.nextGaussian(), false);
          words[i / 2] |= a[i] << 16 * (i % 2);
        }
        for (int i = 0; i < 128; i++) {
          b[i] = Halves.narrow(type, random.nextGaussian(), false);
          words[128 + i / 2] |= b[i] << 16 * (i % 2);
        }
        String mma =
            "mov.f32 %f4, 0f3FC00000;\nmma.sync.aligned.m16n8k16.row.col.f32.T.T.f32 "
                + "{%f0, %f1, %f2, %f3}, {%r6, %r7, %r8, %r9}, {%r13, %r14}, "
                + "{%f4, %f4, %f4, %f4};\n";
        check(
            lab, HALVES + mma.replace("T", type.toString()), words, product(type, 16, a, b, 1.5f));
        // The same as two steps of k = 8.
        String half = "mma.sync.aligned.m16n8k8.row.col.f32.T.T.f32 {%f0, %f1, %f2, %f3}, ";
        String two =
            "mov.f32 %f4, 0f00000000;\n" + half + "{%r6, %r7}, {%r13}, {%f4, %f4, %f4, %f4};\n";
        int[] a8 = new int[128];
        int[] b8 = new int[64];
        for (int i = 0; i < 16; i++) {
          System.arraycopy(a, 16 * i, a8, 8 * i, 8);
        }
        for (int i = 0; i < 8; i++) {
          System.arraycopy(b, 16 * i, b8, 8 * i, 8);
        }
        check(lab, HALVES + two.replace("T", type.toString()), words, product(type, 8, a8, b8, 0));
      }
    }
  }

  @Test
  void tensorFloatProducts() {
    int[] a = new int[128];
    int[] b = new int[64];
    int[] words = new int[192];
    for (int i = 0; i < 192; i++) {
      words[i] = Float.floatToRawIntBits((float) random.nextGaussian());
    }
    System.arraycopy(words, 0, a, 0, 128);
    System.arraycopy(words, 128, b, 0, 64);
    String load =
        """
        shr.u32 %r5, %r3, 2;
        and.b32 %r6, %r3, 3;
        mad.lo.u32 %r7, %r5, 8, %r6;
        mad.wide.u32 %d4, %r7, 4, %d1;
        ld.global.b32 %r10, [%d4];
        ld.global.b32 %r11, [%d4+256];
        ld.global.b32 %r12, [%d4+16];
        ld.global.b32 %r13, [%d4+272];
        ld.global.b32 %r14, [%d4+512];
        ld.global.b32 %r15, [%d4+528];
        mov.f32 %f0, 0f00000000;
        mov.f32 %f1, %f0;
        mov.f32 %f2, %f0;
        mov.f32 %f3, %f0;
        """;
    try (Lab lab = new Lab()) {
      check(
          lab,
          load
              + "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f0, %f1, %f2, %f3}, "
              + "{%r10, %r11, %r12, %r13}, {%r14, %r15}, {%f0, %f1, %f2, %f3};\n",
          words,
          product(PtxType.TF32, 8, a, b, 0));
    }
  }

  @Test
  void transposedLoads() {
    String body =
        """
        .shared .align 16 .b16 tile[64];
        mov.u32 %r5, tile;
        mad.lo.u32 %r6, %r3, 4, %r5;
        mad.lo.u32 %r7, %r3, 0x20002, 0x10000;
        st.shared.b32 [%r6], %r7;
        bar.warp.sync -1;
        and.b32 %r6, %r3, 7;
        mad.lo.u32 %r6, %r6, 16, %r5;
        ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%r4}, [%r6];
        """;
    try (Lab lab = new Lab()) {
      int[] y = lab.warp(body);
      for (int lane = 0; lane < 32; lane++) {
        int row = 2 * (lane & 3);
        int column = lane >> 2;
        assertEquals(8 * row + column | (8 * (row + 1) + column) << 16, y[lane]);
      }
    }
  }

  @Test
  void allLanesTakePart() {
    String body =
        """
        mov.b32 %r5, 0;
        mov.f32 %f0, 0f00000000;
        setp.lt.u32 %p0, %r3, 16;
        @%p0 mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32 {%f0, %f0, %f0, %f0}, {%r5, %r5}, {%r5}, {%f0, %f0, %f0, %f0};
        """;
    try (Lab lab = new Lab()) {
      PtxFault fault = assertThrows(PtxFault.class, () -> lab.warp(body));
      assertEquals(PtxFault.Kind.DIVERGENT_WARP, fault.kind());
      lab.warp(body.replace("@%p0 ", ""));
    }
  }

  /** 64 × 8 products of depth 16 by a warp group; each thread stages what lies at its place. */
  private static final String GROUP =
      """
      .shared .align 1024 .b8 a[8192];
      .shared .align 1024 .b8 b[1024];
      // Thread t: row t / 2, depths 8 * (t mod 2) up to 7 more of A; the first 16 threads also of B.
      mad.wide.u32 %d4, %r3, 16, %d1;
      ld.global.v4.b32 {%r5, %r6, %r7, %r8}, [%d4];
      shr.u32 %r9, %r3, 1;
      and.b32 %r10, %r3, 1;
      shr.u32 %r11, %r9, 3;
      and.b32 %r12, %r9, 7;
      mul.lo.u32 %r13, %r11, STRIDE;
      mad.lo.u32 %r13, %r12, PITCH, %r13;
      mad.lo.u32 %r14, %r10, LEADA, %r13;
      mad.lo.u32 %r15, %r10, LEADB, %r13;
      SWIZZLE
      mov.u32 %r16, a;
      add.u32 %r14, %r14, %r16;
      st.shared.v4.b32 [%r14], {%r5, %r6, %r7, %r8};
      setp.lt.u32 %p0, %r3, 16;
      mov.u32 %r17, b;
      add.u32 %r15, %r15, %r17;
      @%p0 ld.global.v4.b32 {%r5, %r6, %r7, %r8}, [%d4+2048];
      @%p0 st.shared.v4.b32 [%r15], {%r5, %r6, %r7, %r8};
      fence.proxy.async;
      bar.sync 0;
      shr.u32 %r16, %r16, 4;
      cvt.u64.u32 %d5, %r16;
      or.b64 %d5, %d5, DESCA;
      shr.u32 %r17, %r17, 4;
      cvt.u64.u32 %d6, %r17;
      or.b64 %d6, %d6, DESCB;
      setp.ne.u32 %p1, 0, 0;
      wgmma.fence.sync.aligned;
      wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f0, %f1, %f2, %f3}, %d5, %d6, %p1, 1, 1, 0, 0;
      not.pred %p1, %p1;
      wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f0, %f1, %f2, %f3}, %d5, %d6, %p1, 1, 1, 0, 0;
      wgmma.commit_group.sync.aligned;
      wgmma.wait_group.sync.aligned 0;
      mov.u32 %r5, %laneid;
      shr.u32 %r6, %r5, 2;
      and.b32 %r7, %r5, 3;
      mad.lo.u32 %r6, %warpid, 16, %r6;
      shl.b32 %r6, %r6, 3;
      mad.lo.u32 %r6, %r7, 2, %r6;
      mad.wide.u32 %d7, %r6, 4, %d0;
      st.global.v2.f32 [%d7], {%f0, %f1};
      st.global.v2.f32 [%d7+256], {%f2, %f3};
      """;

  private static String group(int swizzle) {
    int pitch = swizzle == 0 ? 16 : 256 >> swizzle;
    int stride = 8 * pitch;
    long descriptor = (long) (stride >> 4) << 32 | (long) swizzle << 62;
    int mask = swizzle == 0 ? 0 : (8 >> (swizzle - 1)) - 1;
    String exchange =
        swizzle == 0
            ? ""
            : """
            shr.u32 %r18, %r14, 3;
            and.b32 %r18, %r18, MASK;
            xor.b32 %r14, %r14, %r18;
            xor.b32 %r15, %r15, %r18;
            """
                .replace("MASK", Integer.toString(mask << 4));
    return GROUP
        .replace("PITCH", Integer.toString(pitch))
        .replace("STRIDE", Integer.toString(stride))
        .replace("LEADA", swizzle == 0 ? "1024" : "16")
        .replace("LEADB", swizzle == 0 ? "128" : "16")
        .replace("DESCA", "0x" + Long.toHexString(descriptor | 64L << 16))
        .replace("DESCB", "0x" + Long.toHexString(descriptor | 8L << 16))
        .replace("SWIZZLE\n", exchange);
  }

  private static float[] run(Lab lab, String body, int[] words) {
    long x = lab.put(words);
    long y = lab.device.allocate(4 * 512);
    lab.device.launch(Lab.kernel(body), "k", Dim3.of(1), Dim3.of(128), 0, Lab.arguments(y, x, 0));
    float[] r = new float[512];
    lab.device.copyOut(y, r);
    return r;
  }

  @Test
  void productsOfAWarpGroup() {
    int[] words = new int[576];
    int[] halves = new int[1152];
    for (int i = 0; i < 1152; i++) {
      halves[i] = Halves.narrow(PtxType.BF16, random.nextGaussian(), false);
      words[i / 2] |= halves[i] << 16 * (i % 2);
    }
    try (Lab lab = new Lab()) {
      for (int swizzle = 0; swizzle <= 3; swizzle++) {
        float[] r = run(lab, group(swizzle), words);
        for (int i = 0; i < 512; i++) {
          double sum = 0;
          for (int k = 0; k < 16; k++) {
            sum +=
                (double) Halves.value(PtxType.BF16, halves[i / 8 * 16 + k])
                    * Halves.value(PtxType.BF16, halves[1024 + i % 8 * 16 + k]);
          }
          assertEquals((float) (sum + (float) sum), r[i], "swizzle " + swizzle + ", " + i);
        }
      }
    }
  }

  @Test
  void productsOfAWarpGroupAreWaitedFor() {
    int[] words = new int[576];
    String good = group(0);
    try (Lab lab = new Lab()) {
      run(lab, good, words);
      for (String[] fault :
          new String[][] {
            {"wgmma.wait_group.sync.aligned 0;", "", "UNINITIALISED_REGISTER"},
            {"setp.ne.u32 %p1, 0, 0;", "setp.eq.u32 %p1, 0, 0;", "UNINITIALISED_REGISTER"},
            {"bar.sync 0;", "", "RACE"},
            {"or.b64 %d5, %d5, 0x", "or.b64 %d5, %d5, 0x3ff", "OUT_OF_BOUNDS"},
            {"setp.lt.u32 %p0, %r3, 16;", "setp.lt.u32 %p0, %r3, 15;", "UNINITIALISED_MEMORY"}
          }) {
        PtxFault found =
            assertThrows(PtxFault.class, () -> run(lab, good.replace(fault[0], fault[1]), words));
        assertEquals(fault[2], found.kind().toString(), found.getMessage());
      }
      PtxFault alone =
          assertThrows(
              PtxFault.class,
              () ->
                  lab.warp(
                      "mov.f32 %f0, 0f00000000;\nsetp.ne.u32 %p1, 0, 0;\nmov.u64 %d5, 0;\n"
                          + "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 "
                          + "{%f0, %f0, %f0, %f0}, %d5, %d5, %p1, 1, 1, 0, 0;"));
      assertEquals("DIVERGENT_WARP", alone.kind().toString(), alone.getMessage());
    }
  }
}
