package org.adjoint.kernels.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the parser reads, and what it says about a text that it cannot read. */
class PtxParserTest {
  private static PtxException refused(String text) {
    return assertThrows(PtxException.class, () -> PtxModule.parse("bad.ptx", text));
  }

  @Test
  void aModuleSaysWhatItHolds() {
    String text =
        """
        /* A comment
           of two lines */
        .version 8.0
        .target sm_90a, debug
        .address_size 64
        .pragma "nounroll";
        .extern .func (.reg .u32 %r) later(.reg .u32 %a);
        .visible .entry k(
          .param .u8 a,
          .param .align 8 .b8 b[12],
          .param .u64 .ptr .global .align 16 c,
          .param .f32 d)
        .maxntid 16, 4, 2
        .minnctapersm 2
        {
          .pragma "x";
          .shared .align 32 .b8 s[40], t[8];
          .local .b64 l;
          .reg .u32 %r<4>, %n;
          mov.u32 %r0, (1 + 2 * 3 << 2) | 0x40 ^ 0b101 & ~2 - 6 / 3;
          mov.u32 %r1, WARP_SZ;
          mov.u32 %r2, t+4;
          { .reg .f32 %r; mov.f32 %r, 1.5e2; mov.f32 %r, -0f3F800000; }
          ret;
        }
        .func (.reg .u32 %r) later(.reg .u32 %a) { mov.u32 %r, %a; }
        .entry empty { ret; }
        """;
    PtxModule module = PtxModule.parse("good.ptx", text);
    assertEquals("8.0", module.version());
    assertEquals("sm_90a", module.target());
    assertEquals(List.of("k", "empty"), List.copyOf(module.entries().keySet()));
    assertEquals(List.of("later"), module.functions());
    assertEquals("good.ptx (PTX 8.0, sm_90a, 2 kernels)", module.toString());
    PtxEntry entry = module.entry("k");
    assertEquals("k at good.ptx:8", entry.toString());
    assertEquals(
        List.of(0, 8, 24, 32), entry.parameters().stream().map(PtxParameter::offset).toList());
    assertEquals(36, entry.parameterBytes());
    assertEquals(128, entry.maxThreads());
    assertEquals(128, entry.sharedBytes());
    assertEquals(16, entry.localBytes());
    assertEquals(module, entry.module());
    PtxException none = assertThrows(PtxException.class, () -> module.entry("x"));
    assertTrue(none.getMessage().contains("[k, empty]"), none.getMessage());
  }

  @Test
  void linesOfIncludesKeepTheirFiles() {
    PtxSource source = PtxSource.of("a.ptx", "first\n//!include recipes.ptx\nlast");
    assertEquals("a.ptx:1", source.origin(1).toString());
    assertEquals("recipes.ptx:1", source.origin(2).toString());
    int lines = source.text().split("\n", -1).length;
    assertEquals("a.ptx:3", source.origin(lines).toString());
    assertEquals("a.ptx:3", source.origin(lines + 5).toString());
    assertEquals("a.ptx", source.name());
    for (String wrong : List.of("none.inc", "../secret", "recipes.ptx/")) {
      PtxException e =
          assertThrows(PtxException.class, () -> PtxSource.of("a.ptx", "\n//!include " + wrong));
      assertEquals(new PtxLine("a.ptx", 2), e.line());
      assertEquals(wrong, e.value());
    }
    assertThrows(PtxException.class, () -> PtxSource.load("none.ptx"));
    assertTrue(
        assertThrows(
                PtxException.class, () -> PtxSource.of("recipes.ptx", "//!include recipes.ptx"))
            .getMessage()
            .contains("include itself"));
    assertTrue(PtxModule.load("unary.ptx").entries().containsKey("exp_f32"));
  }

  /** Each instruction stands in a kernel; the message names what is wrong. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "frobnicate.u32 %r4, %r5; # does not know it",
        "add.u32 %nope, %r5, %r6; # not declared",
        "add.u32 %r4, nope, %r6; # a value",
        "add.u32 %r4, %r5; # expected 3",
        "add %r4, %r5, %r6; # needs a type",
        "add.f32 %r4, %d5, %f6; # takes .f32",
        "add.s32 %f4, %r5, %r6; # takes .s32",
        "add.u64 %r4, %d5, %d6; # takes .u64",
        "add.u32 %p4, %r5, %r6; # takes .u32",
        "add.u32 5, %r5, %r6; # expected one",
        "add.u32 %r4, %r5, 1.5; # expected an integer",
        "add.rz.f32 %f4, %f5, %f6; # rounds to nearest",
        "add.f16 %h1, %h2, %h3; # convert to f32",
        "mul.sat.s32 %r4, %r5, %r6; # this form",
        "mul.hi.s16 %h1, %h2, %h3; # this form",
        "add.cc.u64 %d4, %d5, %d6; # this form",
        "mad.cc.u32 %r4, %r5, %r6, %r7; # carries exist",
        "fma.f32 %f4, %f5, %f6, %f7; # say how it rounds",
        "ex2.f32 %f4, %f5; # say how it rounds",
        "sin.approx.f64 %g4, %g5; # this form",
        "rem.f32 %f4, %f5, %f6; # this form",
        "neg.pred %p4, %p5; # this form",
        "div.f64 %g4, %g5, %g6; # say how it rounds",
        "mov.u32 %r4; # expected mov",
        "mov.b32 %r4, {%h1, %h2, %h3}; # parts have 16 or 32 bits",
        "mov.b64 {%r4}, %d5; # parts have 16 or 32 bits",
        "cvta.shared.u32 %r4, %r5; # expected cvta",
        "cvt.f32 %f4, %r5; # expected cvt.to.from",
        "cvt.rn.s32.f32 %r4, %f5; # say how it rounds",
        "cvt.f32.s32 %f4, %r5; # say how it rounds: .rn",
        "cvt.rz.f32.s32 %f4, %r5; # to nearest",
        "cvt.rn.f16.s32 %h4, %r5; # f32 and f64",
        "cvt.rm.f32.f64 %f4, %g5; # towards zero",
        "cvt.f32.f16x2 %f4, %r5; # does not convert it",
        "cvt.rn.f16x2.f64 %r4, %g5; # does not convert to it",
        "cvt.rn.f32.f32 %r4, %f5, %f6; # f16x2 or bf16x2",
        "setp.lt.u32 %p4, %r5; # operand is missing",
        "setp.foo.u32 %p4, %r5, %r6; # no such test",
        "setp.num.u64 %p4, %d5, %d6; # no such test",
        "setp.foo.f32 %p4, %f5, %f6; # no such test",
        "setp.foo.f64 %p4, %g5, %g6; # no such test",
        "setp.lt.f16 %p4, %h5, %h6; # no such test",
        "setp.lt.pred %p4, %p5, %p6; # no such test",
        "setp.lt.u32 %p4, %r5, %r6, %p1; # .and, .or or .xor",
        "setp.lt.and.u32 %p4|%p5, %r5, %r6, %p1; # one result",
        "set.lt.u64.u32 %d4, %r5, %r6; # expected set",
        "set.lt.u32 %r4, %r5, %r6; # expected set",
        "slct.u32.s64 %r4, %r5, %r6, %d7; # expected slct",
        "selp.pred %p4, %p5, %p6, %p7; # combine predicates",
        "bfe.u64 %d4, %d5, %r6, %r7; # knows 32 bits",
        "bfi.b32 %r4, %r5; # one is missing",
        "shl.b32 %r4; # operand is missing",
        "prmt.b32.f4e %r4, %r5, %r6, %r7; # without a name",
        "lop3.b32 %r4, %r5, %r6, %r7, %r8; # expected a constant",
        "ld.global %r4, [%d5]; # expected a type",
        "ld.global.v2.f32 %f4, [%d5]; # expected 2",
        "ld.global.v4.f64 {%g1, %g2, %g3, %g4}, [%d5]; # 16 bytes",
        "ld.global.u32 %r4, %d5; # expected [a]",
        "ld.global.u32 %r4, [%h5]; # 32 or 64 bits",
        "ld.global.u32 %r4, [n]; # it is in PARAM",
        "ld.global.u32 %r4, [nowhere]; # expected a register or variable",
        "atom.global.add.u32 %r4, [%d5]; # an address and a value",
        "atom.global.add.u16 %h4, [%d5], %h6; # 32 and 64 bits",
        "atom.global.cas.b32 %r4, [%d5], %r6; # cas takes two",
        "atom.global.foo.u32 %r4, [%d5], %r6; # expected add",
        "cp.async.ca.shared.global [%r4], [%d5], 5; # expected 4, 8 or 16",
        "cp.async.cg.shared.global [%r4], [%d5], 8; # expected 4, 8 or 16",
        "cp.async.wait_group %r4; # expected a constant",
        "cp.reduce.x [%r4]; # this form",
        "bar.sync; # expected bar.sync",
        "bar.arrive 0; # expected bar.sync",
        "bar.red.popc.u32 %r4, 0, %p1; # expected bar.sync",
        "shfl.sync.b32 %r4, %r5, 1, 31, -1; # expected .up",
        "shfl.up.b32 %r4, %r5, 1, 31; # expected shfl.sync",
        "vote.ballot.b32 %r4, %p1; # expected vote.sync",
        "vote.sync.most.pred %p4, %p1, -1; # expected .all",
        "redux.sync.mul.s32 %r4, %r5, -1; # expected add",
        "redux.sync.add.s32 %r4, %r5; # expected redux",
        "mma.sync.m8n8k4.row.col.f32.f16.f16.f32 %r4, %r5, %r6, %r7; # expected mma.sync",
        "mma.sync.m16n8k8.row.col.f16.f16.f16.f16 %r4, %r5, %r6, %r7; # tf32 with k",
        "mma.sync.m16n8k8.row.col.f32.f16.f16.f32 %r4, %r5, %r6, %r7; # not of",
        "ld.global.b32 %g1, [%d5]; # unlike sizes",
        "st.global.b32 [%d5], %g1; # unlike sizes",
        "mad.hi.sat.s32 %r4, %r5, %r6, %r7; # does not know this form",
        "wgmma.wait_group.sync.aligned %r4; # expected a constant",
        "wgmma.arrive.sync.aligned; # does not know this form",
        "wgmma.mma_async.sync.aligned.m64n8k16.f32.tf32.tf32 {%f0}, %d5, %d6, %p1, 1, 1; #"
            + " m64nNk16",
        "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 "
            + "{%f0, %f1, %f2, %f3}, %d5, %d6, %p1, 1, 1, 1, 0; # expected 1, 1, 0, 0",
        "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 "
            + "{%f0, %f1, %f2}, %d5, %d6, %p1, 1, 1, 0, 0; # expected n/2 registers",
        "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 "
            + "{%r4, %f1, %f2, %f3}, %d5, %d6, %p1, 1, 1, 0, 0; # declare it so",
        "ldmatrix.sync.aligned.m8n8.x3.shared.b16 {%r4}, [%r5]; # expected ldmatrix",
        "ldmatrix.sync.aligned.m8n8.x1.global.b16 {%r4}, [%d5]; # reads shared memory",
        "bra nowhere; # there is none",
        "bra 5; # expected a label",
        "@%p1 call nothing; # branch around it",
        "call nothing; # define it before",
        "call (%r4), twice, (%r5, %r6); # takes 1 and returns 1",
        "call (%r4), [%d5], (%r6); # expected (r), f, (a)",
        "call (%r4), self, (%r5); # cannot call itself",
        "call (%r4), byParam, (%r5); # .param variables",
        "@%r4 bra L; # declared .pred",
        "not.pred %p4, !%r5; # expected a predicate",
        "mov.u32 %r4, 1.5 + 1; # write the value itself",
        "mov.u32 %r4, 1 / 0; # expected another value",
        "mov.u32 %r4, -; # expected a constant",
        "mov.u32 %r4, 12q; # no such form",
        "mov.u32 %r4, ;  # expected a register",
        "add.u32 %r4, %r5, *; # expected a register",
        "mov.f32 %f1, 0fZZ; # no such form",
        ".reg .u32 %r4; # declared twice",
        ".reg .foo %x; # expected .f32",
        ".reg .b8 %bad<1.5>; # expected an integer",
        ".shared .b32 z; .shared .b32 z; # declared twice",
        ".shared .b32 z[1000000000]; # less than 2 GiB",
        "L: L: ret; # defined twice",
        "'mov.u32 %r4, \"text\";' # expected a register",
        "mov.u32 %r4, ?; # no such character",
        "mov.u32 %r4 %r5; # expected ;",
        "123; # expected an instruction"
      })
  void namesTheLineAndTheRemedy(String instruction, String says) {
    String functions =
        """
        .func (.reg .u32 %y) self(.reg .u32 %x) { call (%y), self, (%x); }
        .func (.reg .u32 %y) twice(.reg .u32 %x) { add.u32 %y, %x, %x; }
        .func (.param .u32 y) byParam(.param .u32 x) { ret; }
        .visible\
        """;
    String text =
        Lab.text("\n" + instruction.strip().replaceAll("^'|'$", "")).replace(".visible", functions);
    PtxException e = refused(text);
    assertTrue(e.getMessage().contains(says.strip()), e.getMessage());
    boolean inFunction = instruction.contains("self");
    int line = Lab.line("\n" + instruction.strip(), instruction.strip().substring(0, 2)) + 3;
    assertEquals(inFunction ? 4 : line, e.line().line(), e.getMessage());
    assertEquals("bad.ptx", e.line().file());
  }

  @Test
  void badModulesAreRefused() {
    assertTrue(refused("").getMessage().contains("incomplete"));
    assertTrue(refused(".version 7.0\n").getMessage().contains(".target sm_70"));
    assertTrue(refused(".version 7.0\n.address_size 32").getMessage().contains("expected 64"));
    assertTrue(refused(".wrong").getMessage().contains("not known here"));
    assertTrue(refused("/* open").getMessage().contains("*/"));
    assertTrue(refused(".pragma \"open").getMessage().contains("end it with \""));
    assertTrue(refused(".pragma x").getMessage().contains("expected ;"));
    String header = Lab.header();
    assertTrue(refused(header + ".entry k() {").getMessage().contains("end it with }"));
    assertTrue(refused(header + ".entry k() .foo {").getMessage().contains("not known here"));
    assertTrue(refused(header + ".entry k(.reg .u32 %r) {}").getMessage().contains(".param"));
    assertTrue(refused(header + ".entry k {} .entry k {}").getMessage().contains("twice"));
    assertTrue(refused(header + ".entry 5 {}").getMessage().contains("expected a name"));
    assertTrue(
        refused(header + ".entry k(.param .u32 a .param").getMessage().contains("expected ,"));
  }
}
