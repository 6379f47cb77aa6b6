package org.adjoint.cpu;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.util.Locale;

/** The bytecode of a generated method as text, one instruction a line, as javap prints it. */
final class Disassembly {
  private Disassembly() {}

  /** Returns the instructions of a method of a class file, each with its place. */
  static String of(byte[] classFile, String method) {
    StringBuilder text = new StringBuilder();
    for (MethodModel m : ClassFile.of().parse(classFile).methods()) {
      if (m.methodName().equalsString(method) && m.code().orElse(null) instanceof CodeAttribute c) {
        append(text, c);
      }
    }
    return text.toString();
  }

  private static void append(StringBuilder text, CodeAttribute code) {
    int at = 0;
    for (CodeElement element : code) {
      if (element instanceof Instruction i) {
        text.append(String.format(Locale.ROOT, "%5d: %s%n", at, line(i, code)));
        at += i.sizeInBytes();
      }
    }
  }

  private static String line(Instruction i, CodeAttribute code) {
    String name = i.opcode().name().toLowerCase(Locale.ROOT);
    return switch (i) {
      case LoadInstruction l -> named(name, l.slot());
      case StoreInstruction s -> named(name, s.slot());
      case IncrementInstruction c -> name + " " + c.slot() + " by " + c.constant();
      case ConstantInstruction c -> name + " " + c.constantValue();
      case BranchInstruction b -> name + " " + code.labelToBci(b.target());
      case TypeCheckInstruction t -> name + " " + t.type().asSymbol().displayName();
      case FieldInstruction f ->
          name + " " + f.owner().asSymbol().displayName() + "." + f.name().stringValue();
      case InvokeInstruction v ->
          name
              + " "
              + v.owner().asSymbol().displayName()
              + "."
              + v.name().stringValue()
              + v.typeSymbol().displayDescriptor();
      default -> name;
    };
  }

  /** The short forms, {@code aload_1}, say their slot themselves. */
  private static String named(String name, int slot) {
    return name.contains("_") ? name : name + " " + slot;
  }
}
