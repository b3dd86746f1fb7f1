export interface Release {
  id: number;
}
