namespace GraphPartition.Operators.Diagnostics;

/// <summary>Faults of nodes, by the rules of their operators. No number is used again for something else.</summary>
public static class OperatorCodes
{
    /// <summary>The operator does not accept the type of an input.</summary>
    public static readonly DiagnosticCode InputTypeNotAllowed = new("GP2002", "the type of an input is not allowed",
        "cast the input, or use an operator that accepts its type");
    /// <summary>A required input is missing, or there are too many inputs.</summary>
    public static readonly DiagnosticCode WrongInputs = new("GP2003", "the number of inputs is wrong",
        "give the node the inputs that the operator's documentation lists");
    /// <summary>A required attribute is missing.</summary>
    public static readonly DiagnosticCode MissingAttribute = new("GP2004", "a required attribute is missing",
        "give the node the attribute");
    /// <summary>Inputs that must have the same element type have different ones.</summary>
    public static readonly DiagnosticCode InputTypesDiffer = new("GP2007", "inputs must have the same type and do not",
        "cast one of them to the type of the other");
    /// <summary>A node has more outputs than its operator.</summary>
    public static readonly DiagnosticCode TooManyOutputs = new("GP2008", "there are too many outputs",
        "remove the outputs that the operator does not have");
    /// <summary>A file of operators (<c>--operators</c>) is wrong.</summary>
    public static readonly DiagnosticCode BadOperatorsFile = new("GP2009", "the operators file is wrong",
        "repair the line; compiler/Operators/README.md describes the format");
    /// <summary>The operator table has no such operator.</summary>
    public static readonly DiagnosticCode UnknownOperator = new("GP2010", "the operator is not known",
        "see 'gpc operators' for all names; add your own with --operators FILE");
    /// <summary>Two nodes need different types of one value.</summary>
    public static readonly DiagnosticCode TypesContradict = new("GP2012", "two nodes need different types of one value",
        "repair one of the two nodes, or the operator whose result they use");

    /// <summary>A node has an attribute that its operator lacks.</summary>
    public static readonly DiagnosticCode UnknownAttribute = new("GP2013", "the operator has no such attribute",
        "remove the attribute, or import the opset that has it");

    /// <summary>A node has an operator that its opset does not have yet.</summary>
    public static readonly DiagnosticCode LaterOperator = new("GP2014", "the operator came after the opset",
        "raise the opset that the model imports, or export the model again with a newer opset");

    /// <summary>The declaration of an operator contradicts the library that has it.</summary>
    public static readonly DiagnosticCode DeclarationContradicts = new("GP2020", "the declaration of an operator contradicts its library",
        "repair its 'outputs' in the operators file, or leave them out: the library gives the types");
}
