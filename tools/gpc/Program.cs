using GraphPartition.Gpc;

return CommandLine.Run(args);
