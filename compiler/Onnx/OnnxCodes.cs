namespace GraphPartition.Onnx;

/// <summary>Faults of ONNX files. No number is used again for something else.</summary>
public static class OnnxCodes
{
    /// <summary>The bytes are not an ONNX model.</summary>
    public static readonly DiagnosticCode NotAModel = new("GP1002", "the file is not an ONNX model",
        "check that the file is complete and that it is an ONNX model (a binary protobuf)");
    /// <summary>The importer does not know the opset version.</summary>
    public static readonly DiagnosticCode UnsupportedOpset = new("GP1003", "the opset version is not supported",
        "export the model again with a supported opset version");
    /// <summary>The model is in an opset that is newer than this tool.</summary>
    public static readonly DiagnosticCode NewerOpset = new("GP1016", "the opset is newer than this tool",
        "compare the results with another tool: an operator may have changed", Severity.Warning);
    /// <summary>A node uses a value before the node that defines it.</summary>
    public static readonly DiagnosticCode NotSorted = new("GP1005", "the nodes of the file were not in order",
        "you need to do nothing: the nodes were sorted", Severity.Note);
    /// <summary>Two nodes of one graph have the same name.</summary>
    public static readonly DiagnosticCode SameNodeNames = new("GP1015", "two nodes of a graph have the same name",
        "give each node its own name: ONNX Runtime refuses such a file; in files that we write, equal names get numbers", Severity.Warning);
    /// <summary>The opset to be written cannot express a node.</summary>
    public static readonly DiagnosticCode CannotExport = new("GP1012", "a node cannot be expressed in the requested opset",
        "choose another opset version, or do not choose one");
    /// <summary>The model says how it is spread over several devices (ModelProto.configuration, since ONNX 1.18).</summary>
    public static readonly DiagnosticCode DeviceConfigurations = new("GP1013", "the device configurations of the model are dropped",
        "for one device you need to do nothing; for several, write them again for the nodes and values of the compiled model",
        Severity.Warning);
    /// <summary>A test data set cannot be read or does not fit the model.</summary>
    public static readonly DiagnosticCode BadTestData = new("GP5008", "the test data cannot be used",
        "give a folder with input_<i>.pb and output_<i>.pb in ONNX test-data form");

    /// <summary>A function that is to be kept is not in the model.</summary>
    public static readonly DiagnosticCode UnknownFunction = new("GP1014", "the model has no such function",
        "name a function that 'gpc inspect' lists, as DOMAIN::NAME");
}
