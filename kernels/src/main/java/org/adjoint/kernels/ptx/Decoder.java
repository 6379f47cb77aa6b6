package org.adjoint.kernels.ptx;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.adjoint.kernels.ptx.Program.Slot;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Function;
import org.adjoint.kernels.ptx.PtxSyntax.Label;
import org.adjoint.kernels.ptx.PtxSyntax.Name;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxSyntax.Register;
import org.adjoint.kernels.ptx.PtxSyntax.RegisterOperand;
import org.adjoint.kernels.ptx.PtxSyntax.Statement;
import org.adjoint.kernels.ptx.PtxSyntax.Symbol;
import org.adjoint.kernels.ptx.PtxSyntax.Vector;
import org.jspecify.annotations.Nullable;

/**
 * Turns a kernel's text into a {@link Program}: instruction by instruction, with calls replaced by
 * the body of the function.
 */
final class Decoder extends Operands {
  private final PtxModule module;
  private final List<Instruction> code = new ArrayList<>();
  private final List<String> calls = new ArrayList<>();
  private boolean ordered;
  private boolean first;

  Decoder(PtxModule module, PtxEntry entry) {
    super(entry);
    this.module = module;
  }

  Program decode() {
    layoutShared(module.variables());
    layoutShared(entry().function(), new HashSet<>());
    startDynamicShared();
    body(entry().function());
    end(entry().function().line());
    Instruction[] program = code.toArray(new Instruction[0]);
    ControlFlow.meet(program);
    return program(program, ordered);
  }

  private void end(PtxLine line) {
    Instruction exit = new ControlFlow.Exit();
    exit.line = code.isEmpty() ? line : code.getLast().line;
    exit.text = "ret;";
    exit.first = true;
    code.add(exit);
  }

  /** Lays out the shared variables of a function and of all that it calls. */
  private void layoutShared(Function function, Set<String> seen) {
    if (!seen.add(function.name())) {
      return;
    }
    layoutShared(function.variables());
    for (Statement statement : function.body()) {
      if (statement instanceof Code instruction && instruction.opcode().equals("call")) {
        for (Operand operand : instruction.operands()) {
          if (operand instanceof Name name) {
            Function callee = module.function(name.name());
            if (callee != null) {
              layoutShared(callee, seen);
            }
          }
        }
      }
    }
  }

  private void body(Function function) {
    layoutLocal(function.variables());
    for (Statement statement : function.body()) {
      switch (statement) {
        case Label label -> frame.places.put(label, code.size());
        case Code instruction -> instruction(instruction);
      }
    }
    frame.branches.forEach(
        (branch, label) -> {
          Integer place = frame.places.get(label);
          branch.target = place == null ? 0 : place;
        });
    for (ControlFlow.Branch branch : frame.returns) {
      branch.target = code.size();
    }
  }

  private void instruction(Code instruction) {
    at(instruction);
    first = true;
    switch (instruction.opcode()) {
      case "bra" -> branch(instruction);
      case "ret", "exit" -> leave(instruction);
      case "call" -> call(instruction);
      default -> {
        if (!ArithmeticDecoder.decode(this, instruction)
            && !MemoryDecoder.decode(this, instruction)
            && !WarpDecoder.decode(this, instruction)
            && !MatrixDecoder.decode(this, instruction)) {
          throw instruction.refuse(
              "the instruction", instruction.opcode(), "this simulator does not know it");
        }
      }
    }
    finish();
  }

  // ---- Control.

  private void branch(Code instruction) {
    if (!(instruction.operands().size() == 1
        && instruction.operands().getFirst() instanceof Name(String name, PtxSyntax.Scope scope))) {
      throw instruction.refuse("the target", instruction.text(), "expected a label");
    }
    Label label = scope.label(name);
    if (label == null) {
      throw instruction.refuse("the label", name, "there is none in this function");
    }
    ControlFlow.Branch branch = new ControlFlow.Branch();
    frame.branches.put(branch, label);
    emit(branch);
  }

  private void leave(Code instruction) {
    if (calls.isEmpty() || instruction.opcode().equals("exit")) {
      emit(new ControlFlow.Exit());
    } else {
      ControlFlow.Branch branch = new ControlFlow.Branch();
      frame.returns.add(branch);
      emit(branch);
    }
  }

  /** Puts the body of a function in the place of its call. */
  private void call(Code instruction) {
    if (instruction.guard() != null) {
      throw instruction.refuse("the call", "guarded", "branch around it");
    }
    List<Operand> results = List.of();
    List<Operand> arguments = List.of();
    @Nullable Function function = null;
    for (Operand operand : instruction.operands()) {
      switch (operand) {
        case Name name -> function = module.function(name.name());
        case Vector v -> {
          if (function == null) {
            results = v.elements();
          } else {
            arguments = v.elements();
          }
        }
        default -> throw instruction.refuse("the call", instruction.text(), "expected (r), f, (a)");
      }
    }
    if (function == null) {
      throw instruction.refuse("the function", instruction.text(), "define it before the call");
    }
    if (calls.contains(function.name())) {
      throw instruction.refuse("the call", function.name(), "a function cannot call itself");
    }
    if (function.parameters().size() != arguments.size()
        || function.results().size() != results.size()) {
      throw instruction.refuse(
          "the number of arguments",
          arguments.size() + " and " + results.size() + " results",
          function.name()
              + " takes "
              + function.parameters().size()
              + " and returns "
              + function.results().size());
    }
    Frame caller = frame;
    Frame callee = new Frame();
    for (int i = 0; i < arguments.size(); i++) {
      if (function.parameters().get(i) instanceof Symbol formal) {
        callee.aliases.put(formal.variable(), actual(arguments.get(i), caller));
      } else {
        Register formal = ((RegisterOperand) function.parameters().get(i)).register();
        int source = in(arguments.get(i), formal.type);
        frame = callee;
        int target = slot(formal).index();
        noteWrite(slot(formal));
        move(formal.type.bank(), target, source);
        frame = caller;
      }
    }
    for (int i = 0; i < results.size(); i++) {
      if (function.results().get(i) instanceof Symbol formal) {
        callee.aliases.put(formal.variable(), actual(results.get(i), caller));
      }
    }
    calls.add(function.name());
    frame = callee;
    body(function);
    calls.removeLast();
    at(instruction);
    for (int i = 0; i < results.size(); i++) {
      if (function.results().get(i) instanceof RegisterOperand(Register formal, boolean no)) {
        frame = callee;
        int source = in(function.results().get(i), formal.type);
        frame = caller;
        int target = out(results.get(i), formal.type);
        move(formal.type.bank(), target, source);
        finish();
      }
    }
    frame = caller;
  }

  private PtxVariable actual(Operand operand, Frame caller) {
    if (operand instanceof Symbol(PtxVariable variable, long offset) && offset == 0) {
      return caller.aliases.getOrDefault(variable, variable);
    }
    throw here().refuse("the argument", here().text(), "this function takes .param variables");
  }

  // ---- Emission.

  /** Adds an instruction of the machine, under the guard of the instruction of the text. */
  @Override
  void emit(Instruction instruction) {
    Code source = here();
    instruction.line = source.line();
    instruction.text = source.text();
    instruction.first = first;
    first = false;
    Register guard = source.guard();
    if (guard != null) {
      Slot slot = slot(guard);
      instruction.guard = slot.index();
      instruction.guardId = slot.id();
      instruction.guardNegated = source.guardNegated();
    }
    touches(instruction);
    code.add(instruction);
  }

  @Override
  void dependsOnOrder() {
    ordered = true;
  }
}
