package org.adjoint.kernels.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a watcher of a launch is told. */
class PtxListenerTest {
  @Test
  void eachInstructionAndAccessIsTold() {
    String body =
        """
        setp.lt.u32 %p0, %r3, 2;
        mov.f32 %f0, 0f3FC00000;
        mov.f64 %g0, 0d3FF0000000000000;
        @%p0 add.u32 %r4, %r3, 10;
        @%p0 st.global.b32 [%d2], %r4;
        """;
    List<String> told = new ArrayList<>();
    try (Lab lab = new Lab()) {
      lab.device.listener(
          new PtxListener() {
            @Override
            public void after(PtxStep step) {
              if (step.text().startsWith("@%p0 add")) {
                told.add(
                    step.text()
                        + " "
                        + step.reads()
                        + " "
                        + step.writes()
                        + " "
                        + Integer.toHexString(step.mask())
                        + " of "
                        + Integer.toHexString(step.active())
                        + ": "
                        + step.value("%r4", 1)
                        + " warp "
                        + step.warp()
                        + " thread "
                        + step.thread(1)
                        + " block "
                        + step.block());
                told.add(
                    step.value("%p0", 1)
                        + " "
                        + step.value("%d2", 0).getClass().getSimpleName()
                        + " "
                        + step.value("%f0", 0)
                        + " "
                        + step.value("%g0", 0));
                assertThrows(PtxException.class, () -> step.value("%none", 0));
              }
            }

            @Override
            public void before(PtxStep step) {
              if (step.line().line() == Lab.line(body, "setp")) {
                told.add("before " + step.text());
              }
            }

            @Override
            public void access(
                PtxStep step, int lane, String space, long address, int bytes, boolean write) {
              if (write) {
                told.add("lane " + lane + " writes " + bytes + " bytes, " + space);
              }
            }
          });
      lab.run(body, 1, 32);
      assertEquals(
          List.of(
              "before setp.lt.u32 %p0, %r3, 2;",
              "@%p0 add.u32 %r4, %r3, 10; [%r3] [%r4] 3 of ffffffff: 11 warp 0 thread (1, 0, 0)"
                  + " block (0, 0, 0)",
              "1 Long 1.5 1.0",
              "lane 0 writes 4 bytes, global",
              "lane 1 writes 4 bytes, global"),
          told);
      // A listener that wants nothing costs nothing but time.
      lab.device.listener(new PtxListener() {});
      lab.run(body, 2, 32);
      lab.device.listener(null);
    }
  }
}
