namespace GraphPartition.Ir.Graphs;

/// <summary>Faults of a model that do not depend on its file format. No number is used again for something else.</summary>
public static class ModelCodes
{
    /// <summary>A node uses a value that no input, constant or earlier node defines.</summary>
    public static readonly DiagnosticCode UndefinedValue = new("GP1004", "a value is used but not defined",
        "repair the model: the program that exported it has a bug");
    /// <summary>Nodes depend on each other in a cycle.</summary>
    public static readonly DiagnosticCode Cycle = new("GP1006", "the graph has a cycle",
        "repair the model: no order of execution exists");
    /// <summary>Two nodes, inputs or constants define the same value.</summary>
    public static readonly DiagnosticCode DefinedTwice = new("GP1007", "a value is defined twice",
        "give each value a name of its own");
    /// <summary>The bytes of an initializer do not fit its shape.</summary>
    public static readonly DiagnosticCode BadTensor = new("GP1008", "the data of a tensor does not fit its type",
        "write the tensor again: the file is damaged, or the program that wrote it has a bug");
    /// <summary>External data is missing, or its path leads out of the model's folder.</summary>
    public static readonly DiagnosticCode BadExternalData = new("GP1009", "external data cannot be used",
        "put the data file into the model's folder and refer to it by a relative path");
    /// <summary>A part of the file is wrong or unknown.</summary>
    public static readonly DiagnosticCode BadConstruct = new("GP1010", "a part of the model is wrong",
        "repair the model: the program that exported it has a bug");
    /// <summary>Bodies or functions are nested too deep, or functions call each other in a circle.</summary>
    public static readonly DiagnosticCode TooDeep = new("GP1011", "the nesting is too deep",
        "flatten the model: bodies and function calls may be nested 64 levels deep");
    /// <summary>The file declares another type than the operator produces.</summary>
    public static readonly DiagnosticCode DeclaredTypeContradicts = new("GP2001", "a declared type contradicts the operator",
        "remove or repair the declaration (value_info)", Severity.Warning);
    /// <summary>Shapes of inputs, or a shape and an attribute, contradict each other.</summary>
    public static readonly DiagnosticCode ShapesContradict = new("GP2005", "shapes contradict each other",
        "repair the shapes: no data can satisfy both");
    /// <summary>An attribute has the wrong kind, or a value that the operator does not know.</summary>
    public static readonly DiagnosticCode WrongAttribute = new("GP2006", "an attribute is wrong",
        "give the attribute a value that the operator's documentation allows");
    /// <summary>Shapes in a body contradict each other. The body may never run with them.</summary>
    public static readonly DiagnosticCode BodyContradicts = new("GP2011", "shapes in a body contradict each other",
        "do nothing if the branch or loop never runs with these shapes; otherwise repair them", Severity.Warning);
}
