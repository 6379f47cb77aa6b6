package org.adjoint.autograd.capture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.CheckedKernels;
import org.adjoint.kernels.DeviceGraph;
import org.adjoint.kernels.KernelRecorder;
import org.adjoint.kernels.KernelWork;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.RecordingKernels;
import org.adjoint.kernels.UpdateRule;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Storage;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Replays a session's calls as one piece of work of the device. The first run makes them one by one
 * and keeps what they take, the second writes them down, and from then on a run is one launch. What
 * cannot be written down is made call by call as before, with the same results; {@link #obstacle}
 * says why.
 *
 * <p>Indices that a device has looked at by the host are looked at before the launch; a run with
 * wrong ones is made call by call, so that it ends where the step itself would.
 */
final class GraphReplay {
  /** How often an optimizer may change its rule; each time the calls are written down anew. */
  private static final int CHANGES = 8;

  private final Program program;
  private final Session session;
  private final DeviceGraph graph;
  private final Backend backend;

  /** The place of each of the step's settings, then of its counters. */
  private final int[] settings;

  private final int[] counters;

  /** The rule that each of the settings had when the calls were rehearsed. */
  private final @Nullable UpdateRule[] rules;

  /** What looks at the indices of a call. */
  private final List<Runnable> checks = new ArrayList<>();

  private int rehearsals;
  private boolean rehearsed;
  private boolean ready;
  private @Nullable AdjointException obstacle;

  GraphReplay(Program program, Session session, DeviceGraph graph) {
    this.program = program;
    this.session = session;
    this.graph = graph;
    backend = program.backend;
    settings = new int[program.recording.settings.size()];
    counters = new int[program.recording.counters.size()];
    Arrays.setAll(settings, i -> graph.place());
    Arrays.setAll(counters, i -> graph.place());
    rules = new @Nullable UpdateRule[settings.length];
    if (backend.readsIndices()) {
      Kernels checking = new CheckedKernels(backend, new RecordingKernels(backend, new Nothing()));
      for (int i = 0; i < program.instructions.size(); i++) {
        check(program.instructions.get(i), session.tensors(i), checking);
      }
    }
  }

  private void check(Instruction i, Tensor[] t, Kernels checking) {
    boolean indexed =
        i.work() instanceof KernelWork.Call c && c.checked()
            || i.work() instanceof KernelWork.Update u && u.rows();
    if (!indexed) {
      return;
    }
    for (int r = 0; r < t.length; r++) {
      if (i.reads(r) && t[r].dtype() == DType.I32 && i.refs()[r].buffer().isInside()) {
        refuse(
            new CaptureException(
                i.op(),
                "with indices that the step itself makes",
                "this device has indices looked at by the host, call by call"));
      }
    }
    switch (i.work()) {
      case KernelWork.Call c -> checks.add(() -> c.call().run(checking, t));
      case KernelWork.Update u ->
          checks.add(
              () -> {
                Tensor[] changed = Arrays.copyOf(t, t.length - 1);
                checking.updates().updateRows(u.step(), t[t.length - 1], changed);
              });
      default -> throw new IllegalStateException("capture: indices of " + i.op());
    }
  }

  /** Listens to kernels of which only the checks are wanted. */
  private static final class Nothing implements KernelRecorder {
    @Override
    public Kernels kernels(Backend backend) {
      return new RecordingKernels(backend, this);
    }

    @Override
    public void called(Backend backend, KernelWork work, String roles, Tensor... tensors) {}

    @Override
    public void allocated(Storage storage) {}

    @Override
    public void owned(Storage storage) {}
  }

  boolean isReady() {
    return ready;
  }

  @Nullable AdjointException obstacle() {
    return obstacle;
  }

  /** Makes a run; returns false, and nothing is done, if it is to be made call by call. */
  boolean run() {
    if (obstacle != null || !indicesHold()) {
      return false;
    }
    if (!rehearsed) {
      rehearse(true);
      return true;
    }
    if (!ready && !capture()) {
      return false;
    }
    session.ask();
    if (rulesHaveChanged()) {
      rehearse(false);
      return true;
    }
    for (int i = 0; i < settings.length; i++) {
      UpdateStep setting = session.setting(i);
      if (setting != null) {
        graph.put(settings[i], setting);
      }
    }
    for (int i = 0; i < counters.length; i++) {
      graph.put(counters[i], session.counter(i));
    }
    session.copyFed();
    graph.launch();
    return true;
  }

  private boolean indicesHold() {
    try (Scope _ = Scope.open()) {
      for (int i = 0; i < checks.size(); i++) {
        checks.get(i).run();
      }
      return true;
    } catch (AdjointException e) {
      // The call itself will say so, when it comes to it.
      return false;
    }
  }

  private @Nullable UpdateRule rule(int i) {
    UpdateStep setting = session.setting(i);
    return setting == null ? null : setting.rule();
  }

  private boolean rulesHaveChanged() {
    for (int i = 0; i < rules.length; i++) {
      if (!Objects.equals(rule(i), rules[i])) {
        return true;
      }
    }
    return false;
  }

  /**
   * Makes all calls one by one.
   *
   * @param ask whether their inputs are still to be asked for
   */
  private void rehearse(boolean ask) {
    ready = false;
    rehearsed = false;
    if (rehearsals++ == CHANGES) {
      refuse(
          new CaptureException(
              "optimizer",
              "of a rule that changes again and again",
              "what is written down once has one rule"));
      calls(ask);
      return;
    }
    graph.rehearse(() -> calls(ask));
    Arrays.setAll(rules, this::rule);
    rehearsed = true;
  }

  /** Makes all calls; what one takes for itself is free for the next. */
  private void calls(boolean ask) {
    for (int i = 0; i < program.instructions.size(); i++) {
      if (ask) {
        session.ask(i);
      }
      try (Scope _ = Scope.open()) {
        session.call(i);
      }
    }
  }

  private boolean capture() {
    session.own(true);
    try {
      graph.capture(
          () -> {
            for (int i = 0; i < program.instructions.size(); i++) {
              graph.reads(place(program.instructions.get(i)));
              try (Scope _ = Scope.open()) {
                session.call(i);
              }
            }
          });
      ready = true;
    } catch (AdjointException e) {
      refuse(e);
    } finally {
      session.own(false);
    }
    return ready;
  }

  private void refuse(AdjointException reason) {
    obstacle = reason;
    graph.close();
  }

  private int place(Instruction i) {
    if (i.input() < 0) {
      return -1;
    }
    return i.work() instanceof KernelWork.Draw ? counters[i.input()] : settings[i.input()];
  }
}
