package org.adjoint.autograd.check;

import java.util.Arrays;
import java.util.List;
import org.adjoint.autograd.ops.Pieces;
import org.adjoint.autograd.ops.Repeats;

/** Cases of putting together, taking apart, repeating, mirroring and padding. */
final class PieceCases {
  private static final Values VALUES = Values.between(-2, 2);

  private PieceCases() {}

  static void add(List<OpCase> cases) {
    for (Input.View view : Input.View.values()) {
      concat(cases, view, 0, new int[] {3}, new int[] {2});
      concat(cases, view, -1, new int[] {2, 1}, new int[] {2, 3}, new int[] {2, 0});
      concat(cases, view, 1, new int[] {2, 3, 2}, new int[] {2, 1, 2});
      concat(cases, view, 0, new int[] {2, 3});
      stack(cases, view, 0, 2, 3);
      stack(cases, view, 1, 3, 2, 3);
      stack(cases, view, -1, 2, 3);
      split(cases, view, 0, new int[] {2, 1, 2}, 5);
      split(cases, view, -1, new int[] {1, 0, 3}, 2, 4);
      chunk(cases, view, 2, 0, 5);
      chunk(cases, view, 3, 1, 2, 4);
      unbind(cases, view, 0, 3);
      unbind(cases, view, -2, 2, 3, 2);
      roll(cases, view, 2, 0, 5);
      roll(cases, view, -1, 1, 2, 3);
      roll(cases, view, 7, -2, 2, 3, 2);
      flip(cases, view, new int[] {0}, 5);
      flip(cases, view, new int[] {0, -1}, 2, 3);
      flip(cases, view, new int[] {1}, 2, 3, 2);
      repeats(cases, view, new int[] {3}, 2);
      repeats(cases, view, new int[] {2, 1, 3}, 2, 2);
      repeats(cases, view, new int[] {0, 2}, 3);
      tile(cases, view, new int[] {2}, 2, 3);
      tile(cases, view, new int[] {2, 3}, 2, 1);
      interleave(cases, view, 2, 0, 3);
      interleave(cases, view, 3, -1, 2, 3);
      interleave(cases, view, 2, 1, 2, 2, 3);
      pads(cases, view, new int[] {2, 1}, 4);
      pads(cases, view, new int[] {1, 0}, 2, 3);
      pads(cases, view, new int[] {2, 2, 1, 2}, 2, 3, 3);
      pads(cases, view, new int[] {0, 0, 1, 1}, 1, 2, 3, 1);
      pads(cases, view, new int[] {1, 0, 1, 1, 0, 1}, 1, 2, 2, 2, 3);
    }
  }

  private static OpCase.Builder of(String op, String formula, String gradient, Input.View view) {
    return OpCase.of(op, formula, gradient).recorded().view(view);
  }

  private static void concat(List<OpCase> cases, Input.View view, int axis, int[]... shapes) {
    OpCase.Builder b =
        of("concat", "y = the operands one behind the other", "their slices of dy", view)
            .with("axis", axis);
    for (int i = 0; i < shapes.length; i++) {
      b.input("x" + i, VALUES, shapes[i]);
    }
    cases.add(b.rule(Rule.copy()).applying(in -> Pieces.concat(axis, in)));
  }

  private static void stack(
      List<OpCase> cases, Input.View view, int axis, int count, int... shape) {
    OpCase.Builder b =
        of("stack", "y = the operands as slices of a new axis", "their slices of dy", view)
            .with("axis", axis);
    for (int i = 0; i < count; i++) {
      b.input("x" + i, VALUES, shape);
    }
    cases.add(b.rule(Rule.copy()).applying(in -> Pieces.stack(axis, in)));
  }

  private static void split(
      List<OpCase> cases, Input.View view, int axis, int[] extents, int... x) {
    int part = extents.length - 1;
    cases.add(
        of("split", "y = x cut into parts", "dx = 0 except dy in the part", view)
            .with("axis", axis)
            .with("extents", extents)
            .with("part", part)
            .input("x", VALUES, x)
            .rule(Rule.copy())
            .applying(in -> Pieces.split(in[0], axis, extents).get(part)));
  }

  private static void chunk(List<OpCase> cases, Input.View view, int count, int axis, int... x) {
    cases.add(
        of("chunk", "y = x cut into equal parts", "dx = 0 except dy in the part", view)
            .with("count", count)
            .with("axis", axis)
            .input("x", VALUES, x)
            .rule(Rule.copy())
            .applying(in -> Pieces.chunk(in[0], count, axis).getLast()));
  }

  private static void unbind(List<OpCase> cases, Input.View view, int axis, int... x) {
    cases.add(
        of("unbind", "y = the slices of an axis", "dx = 0 except dy in the slice", view)
            .with("axis", axis)
            .with("part", 1)
            .input("x", VALUES, x)
            .rule(Rule.copy())
            .applying(in -> Pieces.unbind(in[0], axis).get(1)));
  }

  private static void roll(List<OpCase> cases, Input.View view, int shift, int axis, int... x) {
    cases.add(
        of("roll", "y[(i + shift) mod n] = x[i]", "dx = dy moved back", view)
            .with("shift", shift)
            .with("axis", axis)
            .input("x", VALUES, x)
            .rule(Rule.copy())
            .applying(in -> Pieces.roll(in[0], shift, axis)));
  }

  private static void flip(List<OpCase> cases, Input.View view, int[] axes, int... x) {
    cases.add(
        of("flip", "y[i] = x[n - 1 - i]", "dx = flip(dy)", view)
            .with("axes", axes)
            .input("x", VALUES, x)
            .rule(Rule.copy())
            .applying(in -> Repeats.flip(in[0], axes)));
  }

  private static void repeats(List<OpCase> cases, Input.View view, int[] times, int... x) {
    cases.add(
        of("repeat", "y = x, again and again", "dx = dy summed over the repetitions", view)
            .with("times", times)
            .input("x", VALUES, x)
            .rule(Rule.exact())
            .applying(in -> Repeats.repeat(in[0], times)));
  }

  private static void tile(List<OpCase> cases, Input.View view, int[] times, int... x) {
    cases.add(
        of("tile", "y = x, again and again", "dx = dy summed over the repetitions", view)
            .with("times", times)
            .input("x", VALUES, x)
            .rule(Rule.exact())
            .applying(in -> Repeats.tile(in[0], times)));
  }

  private static void interleave(
      List<OpCase> cases, Input.View view, int times, int axis, int... x) {
    cases.add(
        of("repeat_interleave", "y[i] = x[i / times]", "dx = sums of dy in a row", view)
            .with("times", times)
            .with("axis", axis)
            .input("x", VALUES, x)
            .rule(Rule.exact())
            .applying(in -> Repeats.repeatInterleave(in[0], times, axis)));
  }

  private static void pads(List<OpCase> cases, Input.View view, int[] widths, int... x) {
    cases.add(
        of("pad_constant", "y = x with a margin of a number", "dx = dy within the margin", view)
            .with("value", 1.5)
            .with("widths", widths)
            .input("x", VALUES, x)
            .rule(Rule.copy())
            .applying(in -> Repeats.padConstant(in[0], 1.5, widths)));
    String gradient = "dx = dy, each added where the element came from";
    // PyTorch mirrors and repeats the last axes of tensors with one or two axes in front.
    boolean known = widths.length == 2 ? x.length == 2 : x.length > 2;
    cases.add(
        margin("pad_reflect", "c b | a b c | b a", gradient, view, known, widths, x)
            .applying(in -> Repeats.padReflect(in[0], widths)));
    cases.add(
        margin("pad_replicate", "a a | a b c | c c", gradient, view, known, widths, x)
            .applying(in -> Repeats.padReplicate(in[0], widths)));
    cases.add(
        margin("pad_circular", "b c | a b c | a b", gradient, view, known, widths, x)
            .applying(in -> Repeats.padCircular(in[0], widths)));
  }

  private static OpCase.Builder margin(
      String op,
      String formula,
      String gradient,
      Input.View view,
      boolean known,
      int[] widths,
      int... x) {
    OpCase.Builder b = OpCase.of(op, formula, gradient).view(view);
    if (known) {
      b.recorded();
    }
    // An element comes in at most four margins a pair of widths.
    int copies = 1 << Arrays.stream(widths).map(w -> w > 0 ? 1 : 0).sum();
    return b.with("widths", widths).input("x", VALUES, x).rule(Rule.multilinear(copies));
  }
}
