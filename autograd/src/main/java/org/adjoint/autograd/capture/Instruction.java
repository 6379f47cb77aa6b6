package org.adjoint.autograd.capture;

import java.util.List;
import java.util.stream.Collectors;
import org.adjoint.kernels.KernelWork;

/**
 * A kernel call of a program.
 *
 * @param work what it does
 * @param roles a letter for each tensor: {@code r} read, {@code w} written, {@code u} both
 * @param refs its tensors
 * @param phase the part of the step it belongs to: forward, backward or update
 * @param input the number of the input that {@code work} reads at each replay, settings or a
 *     counter; −1 if it reads none
 * @param calls the calls of the step that it does the work of, in their order
 */
record Instruction(
    KernelWork work, String roles, Ref[] refs, Phase phase, int input, List<RecordedCall> calls) {

  /** What it computes: the operations of the step, joined by plus signs. */
  String op() {
    return calls.stream().map(RecordedCall::op).collect(Collectors.joining(" + "));
  }

  boolean reads(int i) {
    return roles.charAt(i) != 'w';
  }

  boolean writes(int i) {
    return roles.charAt(i) != 'r';
  }

  boolean reads(Buffer buffer) {
    for (int i = 0; i < refs.length; i++) {
      if (refs[i].buffer() == buffer && reads(i)) {
        return true;
      }
    }
    return false;
  }

  boolean writes(Buffer buffer) {
    for (int i = 0; i < refs.length; i++) {
      if (refs[i].buffer() == buffer && writes(i)) {
        return true;
      }
    }
    return false;
  }

  /** The last tensor: the result of all work that has a single one. */
  Ref result() {
    return refs[refs.length - 1];
  }
}
