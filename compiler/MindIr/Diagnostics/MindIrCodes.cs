namespace GraphPartition.MindIr.Diagnostics;

/// <summary>Faults of MindIR files. No number is used again for something else.</summary>
public static class MindIrCodes
{
    /// <summary>The bytes are not a MindIR model.</summary>
    public static readonly DiagnosticCode NotMindIr = new("GP1101", "the file is not a MindIR model",
        "check that the file is complete and was written by mindspore.export(..., file_format='MINDIR')");
    /// <summary>The importer does not support this version, byte order or kind of MindIR file.</summary>
    public static readonly DiagnosticCode UnsupportedMindIr = new("GP1102", "this kind of MindIR file is not supported",
        "export the network again with MindSpore 1.1 to 2.7, on a little-endian machine and for one device");
    /// <summary>The file is encrypted, and the key is missing or wrong.</summary>
    public static readonly DiagnosticCode WrongKey = new("GP1103", "the file is encrypted and the key does not fit",
        "give the file with the 16, 24 or 32 bytes that were enc_key at export (gpc: --mindir-key-file)");
    /// <summary>The importer cannot decrypt this kind of encryption.</summary>
    public static readonly DiagnosticCode UnsupportedCipher = new("GP1104", "the encryption is not supported",
        "export the network without encryption, or with enc_mode='AES-GCM'");
    /// <summary>No row of the table converts the primitive.</summary>
    public static readonly DiagnosticCode UnknownPrimitive = new("GP1105", "the primitive is not known",
        "replace the operator in the network, or add a row to a file in compiler/MindIr/Primitives");
    /// <summary>The primitive is known, but the importer cannot convert this use of it.</summary>
    public static readonly DiagnosticCode UnsupportedUse = new("GP1106", "this use of the primitive is not supported",
        "change the network as the message says, or extend the row in compiler/MindIr/Primitives");
    /// <summary>A construct of Python or of training, which exported inference networks do not have.</summary>
    public static readonly DiagnosticCode TrainingConstruct = new("GP1107", "the network has a construct of training or of Python",
        "export the network for inference: call set_train(False) on the cell before mindspore.export");
    /// <summary>A graph calls itself in a way that is not a loop. MindIR writes loops as recursion.</summary>
    public static readonly DiagnosticCode Recursion = new("GP1108", "the recursion is not a loop",
        "write the loop without break and return, or give it a constant trip count, so that MindSpore unrolls it");
    /// <summary>Weights are compressed or quantized.</summary>
    public static readonly DiagnosticCode PackedWeights = new("GP1109", "the weights are compressed or quantized",
        "export the network with plain weights");
    /// <summary>The network changes its own parameters.</summary>
    public static readonly DiagnosticCode Stateful = new("GP1110", "the network changes its state",
        "export an inference network: pass what changes as an input and return it as an output");
    /// <summary>An input or a result is not a tensor, or its type is not known.</summary>
    public static readonly DiagnosticCode UntypedValue = new("GP1111", "a value is not a tensor of known type",
        "export the network with example inputs, so that MindSpore infers types; return tensors only");
}
